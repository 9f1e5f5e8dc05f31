import TrellisAPI
import TrellisModel

/// `/console/functions/{name}/logs`: the newest events, and a script that follows them.
struct FunctionLogPage {
    /// Of the events that are shown.
    static let limit = 200

    var operations: Operations

    var routes: [ConsoleRoute] {
        [ConsoleRoute("GET", "/console/functions/{name}/logs") { .page(try await page($0)) }]
    }

    private func page(_ request: PageRequest) async throws -> Page {
        let name = request.label("name")
        let events = try await events(of: name)
        let text = events.map { "\($0.timestamp)  \($0.message)" }.joined(separator: "\n")
        let shown: HTML =
            text.isEmpty
            ? "<p class=\"empty\">The function has logged nothing yet.</p>"
            : "<pre class=\"code\" tabindex=\"0\">\(text)</pre>"
        return Page(
            "Logs of \(name)", in: .functions, crumbs: [FunctionPages.crumb, .init(name, FunctionPages.path(name))],
            scripts: ["follow.js"], refreshSeconds: 5,
            content: """
                \(FunctionPages.tabs(name, current: "logs"))
                <p>The newest \(Self.limit) events of <code>/aws/lambda/\(name)</code>. The page follows them.</p>
                <div id="follow" data-follow="2000">\(shown)</div>
                """)
    }

    private struct Event {
        var timestamp: String
        var message: String
    }

    /// The newest events, oldest first: of the stream that was written last.
    private func events(of name: String) async throws -> [Event] {
        let group = JSONValue.string("/aws/lambda/\(name)")
        do {
            let streams = try await operations.call(
                .logs, target: "Logs_20140328.DescribeLogStreams",
                .object(["logGroupName": group, "orderBy": "LastEventTime", "descending": true, "limit": 1]))
            guard let stream = streams["logStreams"]?.elements.first?["logStreamName"]?.text else { return [] }
            let answer = try await operations.call(
                .logs, target: "Logs_20140328.GetLogEvents",
                .object([
                    "logGroupName": group, "logStreamName": .string(stream), "startFromHead": false,
                    "limit": .integer(Int64(Self.limit)),
                ]))
            return (answer["events"]?.elements ?? []).map { event in
                let time = Timestamp(millisecondsSinceEpoch: Int64(event["timestamp"]?.integer ?? 0))
                let message = event["message"]?.text ?? ""
                return Event(
                    timestamp: time.iso8601Seconds,
                    message: message.hasSuffix("\n") ? String(message.dropLast()) : message)
            }
        } catch {
            // A group is made with the first environment.
            guard error.type == "ResourceNotFoundException" else { throw error }
            return []
        }
    }
}
