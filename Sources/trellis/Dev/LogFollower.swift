import Foundation
import NIOHTTP1
import TrellisModel

/// Shows what is written to a function's log group from now on.
struct LogFollower {
    /// Streams are written side by side, so that an event may appear after a later one.
    private static let overlap: Int64 = 5_000
    private static let longestPages = 20

    private let group: String
    private let beginning: Int64
    /// Of the newest event that was shown, in milliseconds.
    private var newest: Int64
    /// Time by id, of the events that a next look may find again.
    private var shown: [String: Int64] = [:]

    init(function: String, since now: Timestamp) {
        group = "/aws/lambda/\(function)"
        beginning = now.millisecondsSinceEpoch
        newest = beginning
    }

    /// The events since the last call, each with a line break; empty as long as there is no log group and no server.
    mutating func read(_ client: SignedClient) async -> String {
        var text = ""
        var input: [String: Any] = ["logGroupName": group, "startTime": max(beginning, newest - Self.overlap)]
        for _ in 0..<Self.longestPages {
            guard let answer = try? await page(client, input) else { break }
            for event in answer["events"] as? [[String: Any]] ?? [] { text += line(of: event) }
            guard let next = answer["nextToken"] as? String else { break }
            input["nextToken"] = next
        }
        shown = shown.filter { $0.value >= newest - Self.overlap }
        return text
    }

    private func page(_ client: SignedClient, _ input: [String: Any]) async throws -> [String: Any]? {
        let answer = try await client.send(
            "logs", .POST, "/", JSONSerialization.data(withJSONObject: input),
            contentType: "application/x-amz-json-1.1", headers: [("x-amz-target", "Logs_20140328.FilterLogEvents")])
        return answer.isSuccess ? answer.json : nil
    }

    private mutating func line(of event: [String: Any]) -> String {
        guard let id = event["eventId"] as? String, let time = (event["timestamp"] as? NSNumber)?.int64Value,
            let message = event["message"] as? String, shown.updateValue(time, forKey: id) == nil
        else { return "" }
        newest = max(newest, time)
        return message.hasSuffix("\n") ? message : message + "\n"
    }
}
