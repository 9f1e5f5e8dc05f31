import Testing

@testable import TrellisFunctionHost

@Suite("Life of an execution environment")
struct ExecutionEnvironmentStateMachineTests {
    typealias Machine = ExecutionEnvironmentStateMachine
    typealias Action = ExecutionEnvironmentStateMachine.Action

    enum Input: CustomStringConvertible {
        case start, invoke(String), stop, next, response(String), error(String), initError, timeLimit, ended(ProcessEnd)
        /// The head and the end of a streamed response; an accepted head does nothing else.
        case begin(String), end

        func feed(_ machine: inout Machine) -> Action {
            switch self {
            case .start: machine.start()
            case .invoke(let id): machine.invoke(requestID: id)
            case .stop: machine.stop()
            case .next: machine.next()
            case .response(let id): machine.report(.response, requestID: id)
            case .error(let id): machine.report(.error, requestID: id)
            case .initError: machine.initError()
            case .timeLimit: machine.timeLimitReached()
            case .ended(let end): machine.processEnded(end)
            case .begin(let id): machine.beginResponse(requestID: id).map { .refuse($0) } ?? .none
            case .end: machine.endResponse()
            }
        }

        var description: String {
            switch self {
            case .start: "start"
            case .invoke(let id): "invoke \(id)"
            case .stop: "stop"
            case .next: "next"
            case .response(let id): "response \(id)"
            case .error(let id): "error \(id)"
            case .initError: "initError"
            case .timeLimit: "timeLimit"
            case .ended(let end): "ended \(end)"
            case .begin(let id): "begin \(id)"
            case .end: "end"
            }
        }
    }

    struct Life: CustomTestStringConvertible {
        var testDescription: String
        var steps: [(Input, Action)]
        var state: String
    }

    static let one = ProcessEnd.exited(status: 1)
    static let exited = RuntimeAPIError.invalidStateTransition(from: "Exited", to: "Ready")
    static let late = Action.refuse(responding("InvocationResponse"))

    static func responding(_ to: String) -> RuntimeAPIError {
        .invalidStateTransition(from: "InvocationResponse", to: to)
    }

    static let toIdle: [(Input, Action)] = [(.start, .launch), (.next, .parkAndOffer(initialized: true))]
    static let toRunning = toIdle + [(.invoke("a"), .deliver)]

    static let lives: [Life] = [
        Life(
            testDescription: "two invocations",
            steps: toRunning + [
                (.response("a"), .finish), (.next, .parkAndOffer(initialized: false)), (.invoke("b"), .deliver),
                (.error("b"), .finish), (.next, .parkAndOffer(initialized: false)),
            ], state: "idle"),
        Life(
            testDescription: "first init fails, is repeated for the invocation",
            steps: [
                (.start, .launch), (.ended(one), .becomeCold(failing: nil, initFailed: one)),
                (.invoke("a"), .launchForInvocation), (.next, .parkAndDeliver), (.response("a"), .finish),
            ], state: "finishing"),
        Life(
            testDescription: "first init too long, then the function's timeout",
            steps: [
                (.start, .launch), (.timeLimit, .killInitialization), (.next, .refuse(exited)),
                (.ended(.signaled(signal: 9)), .becomeCold(failing: nil, initFailed: nil)),
                (.invoke("a"), .launchForInvocation), (.timeLimit, .kill(failing: .timedOut)),
                (.ended(.signaled(signal: 9)), .becomeCold(failing: nil, initFailed: nil)),
            ], state: "cold"),
        Life(
            testDescription: "init errors, without and with an invocation",
            steps: [
                (.start, .launch), (.initError, .acceptInitError), (.timeLimit, .kill(failing: nil)),
                (.ended(one), .becomeCold(failing: nil, initFailed: nil)), (.invoke("a"), .launchForInvocation),
                (.initError, .finishWithInitError), (.ended(one), .becomeCold(failing: nil, initFailed: nil)),
            ], state: "cold"),
        Life(
            testDescription: "second init crashes",
            steps: [
                (.invoke("a"), .launchForInvocation), (.ended(one), .becomeCold(failing: .ended(one), initFailed: nil)),
            ], state: "cold"),
        Life(
            testDescription: "crash while running",
            steps: toRunning + [(.ended(one), .becomeCold(failing: .ended(one), initFailed: nil))], state: "cold"),
        Life(
            testDescription: "crash after the answer, and while idle",
            steps: toRunning + [
                (.response("a"), .finish), (.ended(one), .becomeCold(failing: nil, initFailed: nil)),
                (.invoke("b"), .launchForInvocation), (.next, .parkAndDeliver), (.response("b"), .finish),
                (.next, .parkAndOffer(initialized: false)), (.ended(one), .becomeCold(failing: nil, initFailed: nil)),
            ], state: "cold"),
        Life(
            testDescription: "timeout while running; a late answer is refused",
            steps: toRunning + [
                (.timeLimit, .kill(failing: .timedOut)), (.response("a"), .refuse(.invalidRequestID)),
                (.next, .refuse(exited)), (.timeLimit, .kill(failing: nil)),
                (.ended(.signaled(signal: 9)), .becomeCold(failing: nil, initFailed: nil)),
            ], state: "cold"),
        Life(
            testDescription: "no next after the answer",
            steps: toRunning + [(.response("a"), .finish), (.timeLimit, .kill(failing: nil))], state: "resetting"),
        Life(testDescription: "stopped while down", steps: [(.stop, .close), (.stop, .none)], state: "closed"),
        Life(
            testDescription: "stopped while idle, killed after the grace time",
            steps: toIdle + [
                (.stop, .terminate(failing: nil)), (.stop, .none), (.timeLimit, .kill(failing: nil)),
                (.ended(.terminated), .close), (.ended(.terminated), .none),
            ], state: "closed"),
        Life(
            testDescription: "stopped while running",
            steps: toRunning + [
                (.stop, .terminate(failing: .ended(.terminated))), (.next, .refuse(exited)),
                (.ended(.terminated), .close),
            ], state: "closed"),
        Life(
            testDescription: "stopped while starting",
            steps: [(.start, .launch), (.stop, .terminate(failing: nil)), (.ended(one), .close)], state: "closed"),
        Life(
            testDescription: "what does not fit changes nothing",
            steps: [(.timeLimit, .none), (.ended(one), .none)] + toRunning + [
                (.start, .none), (.invoke("b"), .none), (.next, .repeatEvent),
                (.response("b"), .refuse(.invalidRequestID)),
                (.initError, .refuse(.invalidStateTransition(from: "Running", to: "InitError"))),
            ], state: "busy"),
        Life(
            testDescription: "a streamed response",
            steps: toRunning + [
                (.begin("other"), .refuse(.invalidRequestID)), (.begin("a"), .none),
                (.begin("a"), .refuse(responding("InvocationResponse"))),
                (.response("a"), .refuse(responding("InvocationResponse"))),
                (.error("a"), .refuse(responding("InvocationErrorResponse"))), (.next, .refuse(responding("Ready"))),
                (.end, .finish), (.end, .none), (.next, .parkAndOffer(initialized: false)),
                (.invoke("b"), .deliver), (.end, .none), (.response("b"), .finish),
            ], state: "finishing"),
        Life(
            testDescription: "a streamed response that takes too long",
            steps: toRunning + [
                (.begin("a"), .none), (.timeLimit, .kill(failing: .timedOut)), (.end, .none), (.begin("a"), late),
                (.ended(one), .becomeCold(failing: nil, initFailed: nil)),
            ], state: "cold"),
        Life(
            testDescription: "the process ends in a streamed response",
            steps: toRunning + [
                (.begin("a"), .none), (.ended(one), .becomeCold(failing: .ended(one), initFailed: nil)), (.end, .none),
            ], state: "cold"),
        Life(
            testDescription: "waiting twice", steps: toIdle + [(.next, .park), (.invoke("a"), .deliver)], state: "busy"),
    ]

    @Test("scripted lives", arguments: lives)
    func scripted(life: Life) {
        var machine = Machine()
        for (index, (input, action)) in life.steps.enumerated() {
            #expect(input.feed(&machine) == action, "step \(index): \(input)")
        }
        #expect(machine.name == life.state)
    }

    @Test(
        "whatever happens in whatever order, a waiting invocation ends exactly once",
        arguments: 1...200 as ClosedRange<UInt64>)
    func randomLives(seed: UInt64) {
        let random = SeededRandom(seed)
        var machine = Machine()
        var waiting: String?
        var hasProcess = false
        var invocations = 0
        for _ in 0..<200 {
            let input: Input =
                switch random.next() % 11 {
                case 0: .start
                case 1 where waiting == nil: .invoke("i\(invocations)")
                case 2 where random.next() % 10 == 0: .stop
                case 3: .response(waiting ?? "none")
                case 4: .error(waiting ?? "none")
                case 5 where random.next() % 3 == 0: .initError
                case 6: .timeLimit
                case 7 where hasProcess: .ended(Self.one)
                case 8: .begin(waiting ?? "none")
                case 9: .end
                default: .next
                }
            switch input.feed(&machine) {
            case .launch:
                #expect(!hasProcess)
                hasProcess = true
            case .launchForInvocation:
                #expect(!hasProcess)
                hasProcess = true
                waiting = "i\(invocations)"
                invocations += 1
            case .deliver:
                #expect(hasProcess && waiting == nil)
                waiting = "i\(invocations)"
                invocations += 1
            case .parkAndDeliver: #expect(waiting != nil)
            case .finish, .finishWithInitError:
                #expect(waiting != nil)
                waiting = nil
            case .kill(let failing), .terminate(let failing):
                #expect(hasProcess)
                if failing != nil {
                    #expect(waiting != nil)
                    waiting = nil
                }
            case .becomeCold(let failing, _):
                hasProcess = false
                if failing != nil {
                    #expect(waiting != nil)
                    waiting = nil
                }
                #expect(waiting == nil)
            case .close:
                hasProcess = false
                #expect(waiting == nil)
            case .none, .park, .parkAndOffer, .repeatEvent, .refuse, .acceptInitError, .killInitialization: break
            }
        }
    }
}
