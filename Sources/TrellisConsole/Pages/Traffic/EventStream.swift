import NIOCore
import TrellisAPI
import TrellisModel
import TrellisTraffic

/// Server-sent events, one each second.
///
/// - Source: HTML Living Standard, "Server-sent events".
enum EventStream {
    /// After so many events the browser connects again, and has to be signed in still.
    static let eventLimit = 600

    /// - Parameter next: Makes the data of the next event; `nil` sends nothing but a sign of life.
    static func response(
        _ monitor: TrafficMonitor, next: @escaping @Sendable () async -> JSONValue?
    ) -> APIResponse {
        guard let updates = monitor.updates() else {
            return APIResponse(status: 503, headers: [("content-type", "text/plain"), ("retry-after", "10")])
        }
        return APIResponse(status: 200, headers: [("content-type", "text/event-stream")]) { write in
            try await write(ByteBuffer(string: "retry: 2000\n\n"))
            var sent = 0
            for await _ in updates {
                try await write(frame(await next()))
                sent += 1
                if sent == eventLimit { break }
            }
        }
    }

    /// JSON has no line breaks of its own, so it is one line of data.
    static func frame(_ data: JSONValue?) -> ByteBuffer {
        guard let data else { return ByteBuffer(string: ":\n\n") }
        var buffer = ByteBuffer(string: "data: ")
        buffer.writeBytes(data.encoded())
        buffer.writeString("\n\n")
        return buffer
    }
}
