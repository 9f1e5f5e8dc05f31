import Synchronization
import TrellisModel

/// What a write changes, as far as it may meet other writes there.
///
/// A place that is too narrow costs repeats, never correctness: the store keeps transactions apart.
enum WritePlace: Hashable, Sendable {
    /// For operations that say nothing better.
    case everything
    /// The names and the number of all resources of a kind.
    case kind(RecordKind, Scope)
    /// A service with its listeners and rules.
    case service(ServiceID, Scope)
}

/// A ``WriteGate`` for each place that is written at the moment.
///
/// Writes in different places run beside each other, so that the store can make them durable with one sync.
final class WriteGates: Sendable {
    private struct Entry {
        let gate = WriteGate()
        var users = 0
    }

    private let entries = Mutex<[WritePlace: Entry]>([:])

    /// The places that somebody writes or waits for.
    var count: Int { entries.withLock(\.count) }

    func run<Result>(at place: WritePlace, _ body: () async throws -> Result) async rethrows -> Result {
        let gate = entries.withLock { entries in
            var entry = entries[place] ?? Entry()
            entry.users += 1
            entries[place] = entry
            return entry.gate
        }
        defer {
            entries.withLock { entries in
                entries[place]?.users -= 1
                if entries[place]?.users == 0 { entries[place] = nil }
            }
        }
        return try await gate.run(body)
    }
}
