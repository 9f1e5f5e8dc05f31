import Testing

@testable import TrellisFunctionHost

@Suite("States of the Runtime API")
struct RuntimeStateMachineTests {
    enum State: String, CaseIterable {
        case started = "Started"
        case initError = "InitError"
        case ready = "Ready"
        case running = "Running"
        case responding = "InvocationResponse"
        case responseSent = "RuntimeResponseSentState"

        func make() -> RuntimeStateMachine {
            var machine = RuntimeStateMachine()
            switch self {
            case .started: break
            case .initError: _ = machine.initError()
            case .ready: _ = machine.next()
            case .running:
                _ = machine.next()
                _ = machine.deliver(requestID: "id")
            case .responding:
                _ = machine.next()
                _ = machine.deliver(requestID: "id")
                _ = machine.beginResponse(requestID: "id")
            case .responseSent:
                _ = machine.next()
                _ = machine.deliver(requestID: "id")
                _ = machine.report(.response, requestID: "id")
            }
            return machine
        }

        func refused(_ to: String) -> RuntimeAPIError { .invalidStateTransition(from: rawValue, to: to) }
    }

    @Test(
        "next",
        arguments: [
            (.started, .parkInitialized, .ready), (.ready, .parkAgain, .ready), (.running, .repeatEvent, .running),
            (.responseSent, .parkFinished, .ready),
            (.initError, .refuse(State.initError.refused("Ready")), .initError),
            (.responding, .refuse(State.responding.refused("Ready")), .responding),
        ] as [(State, RuntimeStateMachine.Next, State)])
    func next(from: State, answer: RuntimeStateMachine.Next, to: State) {
        var machine = from.make()
        #expect(machine.next() == answer)
        #expect(machine == to.make())
    }

    @Test("an event is delivered only to a runtime that waits", arguments: State.allCases)
    func deliver(from: State) {
        var machine = from.make()
        #expect(machine.deliver(requestID: "id") == (from == .ready))
        #expect(machine == (from == .ready ? State.running : from).make())
    }

    @Test("reports", arguments: RuntimeStateMachine.Report.allCases, State.allCases)
    func report(report: RuntimeStateMachine.Report, from: State) {
        let expected: RuntimeAPIError? =
            switch from {
            case .running: nil
            case .responding, .responseSent: from.refused(report.rawValue)
            case .started, .initError, .ready: .invalidRequestID
            }
        var machine = from.make()
        #expect(machine.refusal(of: report, requestID: "id") == expected)
        #expect(machine == from.make(), "asking changes nothing")
        #expect(machine.report(report, requestID: "id") == expected)
        #expect(machine == (from == .running ? State.responseSent : from).make())
        var other = from.make()
        #expect(other.report(report, requestID: "other") == .invalidRequestID)
        #expect(other == from.make())
    }

    @Test("a streamed response begins and ends once", arguments: State.allCases)
    func streamedResponse(from: State) {
        var machine = from.make()
        #expect(machine.beginResponse(requestID: "other") == .invalidRequestID)
        let refusal = from.make().refusal(of: .response, requestID: "id")
        #expect(machine.beginResponse(requestID: "id") == refusal)
        #expect(machine == (from == .running ? .responding : from).make())
        let ends = machine.endResponse()
        #expect(ends == (from == .running || from == .responding))
        #expect(machine == (from == .running || from == .responding ? .responseSent : from).make())
        let endsAgain = machine.endResponse()
        #expect(!endsAgain)
    }

    @Test("initialisation errors", arguments: State.allCases)
    func initError(from: State) {
        var machine = from.make()
        #expect(machine.initError() == (from == .started ? nil : from.refused("InitError")))
        #expect(machine == (from == .started ? State.initError : from).make())
    }
}
