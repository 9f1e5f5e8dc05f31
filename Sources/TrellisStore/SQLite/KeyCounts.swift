import Synchronization
import TrellisModel

/// How many keys there are under the prefixes that were asked for, kept up to date by the writer.
///
/// A count is a fact about the keys and not a record of its own: nothing has to be written for it, two creations do not
/// contend for it, and it cannot drift, because it is counted anew after a start.
final class KeyCounts: Sendable {
    /// Bounds the memory; beyond it everything is forgotten and counted again when it is asked for.
    static let capacity = 8192

    private enum Count {
        case known(Int)
        /// Somebody counts, and no key under the prefix has come or gone since the ticket was given out.
        case counting(Ticket)
    }

    /// Permission to say how many keys there are.
    typealias Ticket = UInt64

    enum Answer: Equatable {
        case known(StoreCount)
        /// The keys have to be counted from now on; tell ``KeyCounts/keep(_:under:_:)`` how many there are.
        case unknown(Ticket)
    }

    private struct State {
        var counts: [StoreKey: Count] = [:]
        var revision: Revision
        var lastTicket: Ticket = 0
    }

    private let state: Mutex<State>

    init(revision: Revision) {
        state = Mutex(State(revision: revision))
    }

    func count(under prefix: StoreKey) -> Answer {
        state.withLock { state in
            switch state.counts[prefix] {
            case .known(let count): return .known(StoreCount(count: count, revision: state.revision))
            case .counting(let ticket): return .unknown(ticket)
            case nil: break
            }
            if state.counts.count >= Self.capacity { state.counts = [:] }
            state.lastTicket &+= 1
            // Other prefixes are not found again when a key below them changes.
            if prefix.path.utf8.last == UInt8(ascii: "/") { state.counts[prefix] = .counting(state.lastTicket) }
            return .unknown(state.lastTicket)
        }
    }

    /// Takes over a count, unless a commit has changed it since the ticket was given out.
    func keep(_ count: Int, under prefix: StoreKey, _ ticket: Ticket) {
        state.withLock { state in
            guard case .counting(ticket)? = state.counts[prefix] else { return }
            state.counts[prefix] = .known(count)
        }
    }

    /// Called once for each revision, in order, after it is durable.
    func note(added: [StoreKey], removed: [StoreKey], at revision: Revision) {
        state.withLock { state in
            state.revision = revision
            guard !state.counts.isEmpty else { return }
            for key in added { Self.change(by: 1, above: key, &state.counts) }
            for key in removed { Self.change(by: -1, above: key, &state.counts) }
        }
    }

    private static func change(by difference: Int, above key: StoreKey, _ counts: inout [StoreKey: Count]) {
        let path = key.path
        for index in path.utf8.indices where path.utf8[index] == UInt8(ascii: "/") {
            let prefix = StoreKey(path: String(path[...index]))
            switch counts[prefix] {
            case .known(let count): counts[prefix] = .known(count + difference)
            case .counting: counts[prefix] = nil
            case nil: break
            }
        }
    }
}
