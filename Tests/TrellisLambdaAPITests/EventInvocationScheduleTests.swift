import NIOCore
import Testing
import TrellisAPI
import TrellisInvoke
import TrellisModel

@testable import TrellisLambdaAPI

@Suite struct EventInvocationScheduleTests {
    private static let accepted = Timestamp(millisecondsSinceEpoch: 1_000_000)
    private static let failed = InvocationOutcome.functionError(ScriptedInvoker.result("{}"), .reported)
    private static let throttled = InvocationOutcome.rejected(.throttled(reason: "x"))

    private func due(failures: Int = 0, rejections: Int = 0) throws -> EventInvocationDueRecord {
        let scope = Scope(
            account: try #require(AccountID("123456789012")), region: try #require(Region("us-east-1")))
        return EventInvocationDueRecord(
            scope: scope, requestID: "id", dueAt: Self.accepted, failures: failures, rejections: rejections)
    }

    private func schedule(attempts: Int = 2, age: Int = 21_600) -> EventInvocationSchedule {
        EventInvocationSchedule(
            retryDelay: .seconds(60),
            settings: EventInvocationSettings(maximumRetryAttempts: attempts, maximumEventAge: .seconds(age)),
            acceptedAt: Self.accepted)
    }

    /// Seconds until the next attempt, or the condition with which it is over.
    private func outcome(
        _ step: EventInvocationSchedule.Step, now: Timestamp
    ) -> (seconds: Int64?, condition: String?) {
        switch step {
        case .finish(let condition): (nil, condition.rawValue)
        case .tryAgain(let next): ((next.dueAt.millisecondsSinceEpoch - now.millisecondsSinceEpoch) / 1000, nil)
        }
    }

    static let failures: [(attempts: Int, before: Int, seconds: Int64?)] = [
        (2, 0, 60), (2, 1, 120), (2, 2, nil), (1, 0, 60), (1, 1, nil), (0, 0, nil),
    ]

    @Test(arguments: failures)
    func aFailureIsTriedAgainAfterOneAndTwoMinutes(_ row: (attempts: Int, before: Int, seconds: Int64?)) throws {
        let step = schedule(attempts: row.attempts).step(
            after: Self.failed, of: try due(failures: row.before), now: Self.accepted)
        let result = outcome(step, now: Self.accepted)
        #expect(result.seconds == row.seconds)
        #expect(result.condition == (row.seconds == nil ? "RetriesExhausted" : nil))
        if case .tryAgain(let next) = step { #expect(next.failures == row.before + 1) }
    }

    @Test(arguments: [(0, 1), (1, 2), (2, 4), (8, 256), (9, 300), (1_000_000, 300)] as [(Int, Int64)])
    func aThrottleIsTriedAgainWithBackOff(_ before: Int, _ seconds: Int64) throws {
        let step = schedule().step(
            after: Self.throttled, of: try due(failures: 2, rejections: before), now: Self.accepted)
        #expect(outcome(step, now: Self.accepted).seconds == seconds)
        guard case .tryAgain(let next) = step else { return }
        // Not an attempt of the function.
        #expect(next.failures == 2)
    }

    @Test func aFailureThatWouldBeTriedTooLateIsOver() throws {
        let step = schedule(age: 60).step(after: Self.failed, of: try due(), now: Self.accepted)
        #expect(step == .finish(.eventAgeExceeded))
    }

    @Test func aThrottleWaitsNoLongerThanTheEventMayLive() throws {
        let now = Self.accepted.advanced(by: .seconds(50))
        let step = schedule(age: 60).step(after: Self.throttled, of: try due(rejections: 8), now: now)
        #expect(outcome(step, now: now).seconds == 10)
    }

    @Test(arguments: [(59_999, false), (60_000, true)])
    func anEventExpires(_ milliseconds: Int64, _ isExpired: Bool) {
        let now = Self.accepted.advanced(by: .milliseconds(milliseconds))
        #expect(schedule(age: 60).isExpired(at: now) == isExpired)
    }

    private func record(_ outcome: InvocationOutcome?, payload: String = "[1]") throws -> DestinationRecord {
        let function = try #require(FunctionARN(LambdaServer.arnPrefix + "f"))
        return DestinationRecord(
            event: EventInvocationRecord(
                scope: function.scope, requestID: "id", function: function, payload: payload,
                acceptedAt: Self.accepted),
            condition: .retriesExhausted, invokeCount: 3, outcome: outcome, time: Self.accepted)
    }

    @Test func aDestinationIsToldWhatHappened() throws {
        let text = try record(.functionError(ScriptedInvoker.result(#"{"errorMessage":"boom"}"#), .reported))
            .text(limit: 10_000)
        let expected: JSONValue = .object([
            "version": "1.0", "timestamp": "1970-01-01T00:16:40.000Z", "requestPayload": .array([1]),
            "requestContext": .object([
                "requestId": "id", "functionArn": .string(LambdaServer.arnPrefix + "f:$LATEST"),
                "condition": "RetriesExhausted", "approximateInvokeCount": 3,
            ]),
            "responseContext": .object([
                "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
            ]),
            "responsePayload": .object(["errorMessage": "boom"]),
        ])
        #expect(try JSONValue(parsing: Array(text.utf8)) == expected)
    }

    @Test func anAnswerThatIsNoJSONBecomesAString() throws {
        let text = try record(.success(ScriptedInvoker.result("a \"b\""))).text(limit: 10_000)
        #expect(try JSONValue(parsing: Array(text.utf8))["responsePayload"] == .string("a \"b\""))
    }

    @Test func aRecordThatIsTooLargeLosesItsPayloads() throws {
        let answer = InvocationOutcome.success(ScriptedInvoker.result("\"\(String(repeating: "x", count: 500))\""))
        let withoutAnswer = try JSONValue(parsing: Array(try record(answer).text(limit: 600).utf8))
        #expect(withoutAnswer["responsePayload"] == nil)
        #expect(withoutAnswer["requestPayload"] == .array([1]))
        let large = try record(answer, payload: "\"\(String(repeating: "x", count: 700))\"")
        let without = try JSONValue(parsing: Array(large.text(limit: 600).utf8))
        #expect(without.memberNames == ["version", "timestamp", "requestContext", "responseContext"])
    }

    @Test func withoutAnAnswerThereIsNone() throws {
        for outcome in [nil, Self.throttled] {
            let text = try record(outcome).text(limit: 10_000)
            #expect(
                try JSONValue(parsing: Array(text.utf8)).memberNames
                    == ["version", "timestamp", "requestContext", "requestPayload"])
        }
    }
}
