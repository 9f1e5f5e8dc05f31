import NIOCore
import TrellisAPI
import TrellisInvoke
import TrellisModel

/// What a destination is told of an asynchronous invocation that is over: the event of its own invocation.
///
/// - Source: the Developer Guide's page invocation-async-retain-records.
struct DestinationRecord {
    var event: EventInvocationRecord
    var condition: EventInvocationCondition
    /// How often the function ran.
    var invokeCount: Int
    /// What the function answered last; `nil` if it was not reached in the last attempt.
    var outcome: InvocationOutcome?
    var time: Timestamp

    /// - Parameter limit: What an event may have, in bytes; payloads are left out of a record that is larger, the
    ///   response's first.
    func text(limit: Int) -> String {
        let response = self.response
        let candidates = [
            [requestPayload, response.payload], [requestPayload], [],
        ]
        var text = ""
        for payloads in candidates {
            let members = head + payloads.compactMap(\.self) + [response.context].compactMap(\.self)
            text = "{\(members.joined(separator: ","))}"
            if text.utf8.count <= limit { break }
        }
        return text
    }

    private var head: [String] {
        let function = event.function.qualifier == nil ? "\(event.function):$LATEST" : "\(event.function)"
        let context = JSONValue.object([
            "requestId": .string(event.requestID), "functionArn": .string(function),
            "condition": .string(condition.rawValue), "approximateInvokeCount": .integer(Int64(invokeCount)),
        ])
        return [
            #""version":"1.0""#, member("timestamp", .string(time.iso8601)), member("requestContext", context),
        ]
    }

    private var requestPayload: String? { "\"requestPayload\":\(event.payload)" }

    private var response: (context: String?, payload: String?) {
        switch outcome {
        case nil, .rejected: (nil, nil)
        case .success(let result): (context(of: result, failed: false), payload(of: result))
        case .functionError(let result, _): (context(of: result, failed: true), payload(of: result))
        }
    }

    private func context(of result: InvocationResult, failed: Bool) -> String {
        var members: [String: JSONValue] = ["statusCode": 200, "executedVersion": .string(result.executedVersion)]
        if failed { members["functionError"] = "Unhandled" }
        return member("responseContext", .object(members))
    }

    /// An answer that is no JSON becomes a string.
    private func payload(of result: InvocationResult) -> String {
        let text = String(buffer: result.payload)
        if (try? JSONSyntax.check(result.payload)) != nil { return "\"responsePayload\":\(text)" }
        return member("responsePayload", .string(text))
    }

    private func member(_ name: String, _ value: JSONValue) -> String {
        "\"\(name)\":\(String(decoding: value.encoded(), as: UTF8.self))"
    }
}
