import Testing

@testable import TrellisDataPlane

@Suite struct ConnectionStateMachineTests {
    private typealias Framing = ConnectionStateMachine.Framing
    private var machine = ConnectionStateMachine(bodyLimit: 10)

    @Test mutating func oneRequestAfterTheOther() {
        for _ in 1...3 {
            #expect(machine.acceptsParts && machine.isIdle)
            #expect(machine.headReceived(Framing(contentLength: 3)) == .receiveBody)
            #expect(machine.waiting == .body)
            #expect(machine.bodyReceived(3) == .keep)
            #expect(machine.requestEnded() == true)
            #expect(!machine.acceptsParts)
            let number = machine.invocationBegan()
            #expect(machine.waiting == .function)
            #expect(machine.invocationEnded(number) == true)
            #expect(!machine.closesAfterAnswer)
            #expect(machine.answered(isWritable: true) == .nextRequest)
        }
    }

    @Test(arguments: [
        (Framing(contentLength: 10), ConnectionStateMachine.HeadAction.receiveBody),
        (Framing(contentLength: 11), .refuseBody),
        (Framing(contentLength: .max), .refuseBody),
        (Framing(contentLength: 11, expectsContinue: true), .refuseBody),
        (Framing(contentLength: 10, expectsContinue: true), .sendContinue),
        (Framing(isChunked: true, expectsContinue: true), .sendContinue),
        (Framing(isChunked: true, expectsContinue: true, needsBody: false), .answerAtOnce),
        (Framing(contentLength: 0, expectsContinue: true), .receiveBody),
        (Framing(expectsContinue: true), .receiveBody),
        (Framing(contentLength: 10, needsBody: false), .receiveBody),
    ])
    func heads(framing: ConnectionStateMachine.Framing, action: ConnectionStateMachine.HeadAction) {
        var machine = ConnectionStateMachine(bodyLimit: 10)
        #expect(machine.headReceived(framing) == action)
        #expect(machine.closesAfterAnswer == (action == .refuseBody || action == .answerAtOnce))
        #expect(machine.acceptsParts == (action == .receiveBody || action == .sendContinue))
    }

    @Test mutating func aBodyIsCountedAsItComes() {
        #expect(machine.headReceived(Framing(isChunked: true)) == .receiveBody)
        #expect(machine.bodyReceived(6) == .keep)
        #expect(machine.bodyReceived(4) == .keep)
        #expect(machine.receivedBodyBytes == 10)
        #expect(machine.bodyReceived(1) == .refuse)
        #expect(machine.bodyReceived(1) == .ignore)
        #expect(machine.requestEnded() == false)
        #expect(machine.answered(isWritable: true) == .finish)
        #expect(machine.waiting == .clientToReadTheLastAnswer)
        #expect(machine.written() == .linger)
        #expect(machine.waiting == .clientToClose)
    }

    @Test mutating func aBodyThatNobodyNeedsIsOnlyCounted() {
        #expect(machine.headReceived(Framing(isChunked: true, needsBody: false)) == .receiveBody)
        #expect(machine.bodyReceived(10) == .drop)
        #expect(machine.bodyReceived(1) == .refuse)
    }

    @Test mutating func aLateOutcomeIsNotTakenForTheNextRequest() {
        func begin(_ machine: inout ConnectionStateMachine) -> UInt64 {
            _ = machine.headReceived(Framing())
            _ = machine.requestEnded()
            return machine.invocationBegan()
        }
        let first = begin(&machine)
        #expect(machine.waitingExpired() == .failInvocation)
        #expect(machine.invocationEnded(first) == false)
        #expect(machine.answered(isWritable: true) == .nextRequest)
        let second = begin(&machine)
        #expect(machine.invocationEnded(first) == false)
        #expect(machine.invocationEnded(second) == true)
        #expect(machine.invocationEnded(second) == false)
    }

    @Test mutating func aClientThatDoesNotReadIsWaitedFor() {
        _ = machine.headReceived(Framing())
        _ = machine.requestEnded()
        #expect(machine.answered(isWritable: false) == .waitForWritability)
        #expect(machine.waiting == .client)
        #expect(!machine.acceptsParts)
        #expect(machine.waitingExpired() == .none)
        #expect(machine.becameWritable() == .nextRequest)
        #expect(machine.isIdle)
    }

    @Test mutating func nothingFollowsACloseAnswer() {
        _ = machine.headReceived(Framing(keepsAlive: false))
        _ = machine.requestEnded()
        #expect(machine.closesAfterAnswer)
        #expect(machine.answered(isWritable: true) == .finish)
        #expect(machine.isFinished)
        #expect(machine.headReceived(Framing()) == .ignore)
        #expect(machine.requestBroke() == false)
        #expect(machine.inputClosed() == .none)
        #expect(machine.written() == .linger)
        #expect(machine.written() == .none)
        #expect(machine.waitingExpired() == .close)
        #expect(machine.isClosed)
    }

    @Test mutating func aBrokenRequestIsAnsweredOnce() {
        _ = machine.headReceived(Framing(contentLength: 5))
        #expect(machine.requestBroke() == true)
        #expect(machine.requestBroke() == false)
        #expect(machine.bodyReceived(1) == .ignore)
        #expect(machine.answered(isWritable: false) == .finish)
    }

    @Test mutating func theEndOfInputClosesUnlessAnAnswerIsDue() {
        #expect(machine.inputClosed() == .finish)
        #expect(machine.written() == .close)
        #expect(machine.isClosed)
        machine = ConnectionStateMachine(bodyLimit: 10)
        _ = machine.headReceived(Framing())
        _ = machine.requestEnded()
        _ = machine.invocationBegan()
        #expect(machine.inputClosed() == .none)
        #expect(machine.closesAfterAnswer)
    }

    @Test mutating func drainingWaitsForWhatHasBegun() {
        #expect(machine.drain(hasPartialHead: false) == true)
        #expect(machine.written() == .close)
        machine = ConnectionStateMachine(bodyLimit: 10)
        #expect(machine.drain(hasPartialHead: true) == false)
        #expect(machine.headReceived(Framing()) == .receiveBody)
        #expect(machine.closesAfterAnswer)
    }

    @Test mutating func theEndOfLifeWaitsForAFunctionOnly() {
        #expect(machine.lifeEnded() == true)
        machine = ConnectionStateMachine(bodyLimit: 10)
        _ = machine.headReceived(Framing(contentLength: 1))
        #expect(machine.lifeEnded() == true)
        machine = ConnectionStateMachine(bodyLimit: 10)
        _ = machine.headReceived(Framing())
        _ = machine.requestEnded()
        let number = machine.invocationBegan()
        #expect(machine.lifeEnded() == false)
        #expect(machine.invocationEnded(number) == true)
        #expect(machine.answered(isWritable: true) == .finish)
        #expect(machine.lifeEnded() == false)
        #expect(machine.written() == .linger)
        #expect(machine.lifeEnded() == true)
    }

    /// Whatever comes in whatever order, nothing is answered that was not asked, and nothing traps.
    @Test(arguments: UInt64(1)...200)
    func anyOrderOfInputs(seed: UInt64) {
        let random = SeededRandom(seed)
        var machine = ConnectionStateMachine(bodyLimit: 10)
        var number: UInt64 = 0
        var answersDue = 0
        for _ in 0..<200 {
            let wasClosed = machine.isClosed
            switch random.next() % 12 {
            case 0:
                let framing = Framing(
                    contentLength: Int(random.next() % 12), expectsContinue: random.next() % 2 == 0,
                    keepsAlive: random.next() % 8 != 0, needsBody: random.next() % 2 == 0)
                switch machine.headReceived(framing) {
                case .answerAtOnce, .refuseBody: answersDue += 1
                case .forward, .receiveBody, .sendContinue, .ignore: break
                }
            case 1: if machine.bodyReceived(Int(random.next() % 12)) == .refuse { answersDue += 1 }
            case 2: if machine.requestEnded() { answersDue += 1 }
            case 3: if machine.requestBroke() { answersDue += 1 }
            case 4 where answersDue > 0 && !machine.isClosed:
                number = machine.invocationBegan()
                answersDue -= 1
            case 5: if machine.invocationEnded(number) { answersDue += 1 }
            case 6: if machine.invocationAbandoned() { answersDue += 1 }
            case 7 where answersDue > 0:
                _ = machine.answered(isWritable: random.next() % 2 == 0)
                answersDue -= 1
            case 8: _ = machine.becameWritable()
            case 9: _ = random.next() % 16 == 0 ? machine.inputClosed() == .close : machine.written() == .close
            case 10: if machine.waiting == .function, machine.waitingExpired() == .failInvocation { answersDue += 1 }
            default: _ = random.next() % 32 == 0 ? machine.lifeEnded() : machine.drain(hasPartialHead: true)
            }
            #expect(answersDue == 0 || answersDue == 1, "seed \(seed)")
            #expect(!wasClosed || machine.isClosed, "seed \(seed)")
        }
    }
}
