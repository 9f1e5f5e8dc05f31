import Synchronization
import TrellisModel
import TrellisTraffic

/// One line of the list of requests.
struct RequestRow {
    static let columns: [Table.Column] = [
        .init("Time"), .init("Request"), .init("Host"), .init("Status", isNumber: true), .init("Took", isNumber: true),
        .init("Target"),
    ]

    private let record: RequestRecord

    init(_ record: RequestRecord) {
        self.record = record
    }

    private var path: String { ConsolePath.make("requests", String(record.number)) }

    /// The path of its page, then one text for each column.
    var texts: [String] {
        [
            path, String(record.arrivedAt.iso8601.dropFirst(11)),
            record.method.map { "\($0) \(record.target ?? "")" } ?? "no HTTP request",
            record.host ?? "–", record.status == 0 ? "–" : String(record.status),
            RateText.time(record.duration.seconds),
            record.path?.target.map(Self.shortened) ?? record.failureReason ?? "–",
        ]
    }

    var cells: [HTML] {
        let texts = texts
        return texts.indices.dropFirst().map { index in
            index == 1 ? .link(texts[1], to: texts[0]) : "\(texts[index])"
        }
    }

    /// The name of a function; an address as it is.
    private static func shortened(_ target: String) -> String {
        guard target.hasPrefix("arn:") else { return target }
        let parts = target.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 6 ? parts[6...].joined(separator: ":") : target
    }
}

/// Up to where a stream has sent.
final class LastSeen: Sendable {
    private let stored: Mutex<UInt64>

    init(_ number: UInt64) {
        stored = Mutex(number)
    }

    var number: UInt64 {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
