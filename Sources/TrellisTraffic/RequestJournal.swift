import Synchronization
package import TrellisModel

/// The last requests that were looked at closely.
///
/// Every event loop adds to it, a few requests a second at most; see ``SamplingBudget``. Nothing is written to disk.
package final class RequestJournal: Sendable {
    private struct State {
        /// Oldest first; the numbers have no gaps.
        var records: [RequestRecord] = []
        var bytes = 0
        var last: UInt64 = 0
        var skipped: UInt64 = 0
    }

    /// A page of the list.
    package struct Page: Sendable {
        /// Newest first.
        package var records: [RequestRecord]
        /// The number of the newest record there is.
        package var last: UInt64
        /// Requests since the start that were not looked at, because there were many.
        package var skipped: UInt64
    }

    package static let recordLimit = 1000
    /// 16 MiB.
    package static let byteLimit = 16_777_216

    private let recordLimit: Int
    private let byteLimit: Int
    private let state = Mutex(State())

    package init(recordLimit: Int = RequestJournal.recordLimit, byteLimit: Int = RequestJournal.byteLimit) {
        self.recordLimit = max(1, recordLimit)
        self.byteLimit = byteLimit
    }

    /// Takes a record, and lets go of the oldest ones for it.
    ///
    /// - Parameter skipped: How many requests were not recorded before it.
    package func add(_ record: RequestRecord, skipped: UInt64 = 0) {
        state.withLock { state in
            state.last += 1
            state.skipped &+= skipped
            var record = record
            record.number = state.last
            state.records.append(record)
            state.bytes += record.bytes
            var gone = 0
            while state.records.count - gone > recordLimit
                || (state.bytes > byteLimit && state.records.count - gone > 1)
            {
                state.bytes -= state.records[gone].bytes
                gone += 1
            }
            state.records.removeFirst(gone)
        }
    }

    /// The newest records, newest first.
    ///
    /// - Parameters:
    ///   - number: Only those after this one.
    ///   - service: Only those of this service.
    package func records(
        after number: UInt64 = 0, of service: ServiceID? = nil, limit: Int
    ) -> Page {
        state.withLock { state in
            let found = state.records.reversed().lazy.prefix { $0.number > number }
                .filter { service == nil || $0.path?.service == service }.prefix(max(0, limit))
            return Page(records: Array(found), last: state.last, skipped: state.skipped)
        }
    }

    /// - Returns: `nil` if it is not there any more.
    package func record(_ number: UInt64) -> RequestRecord? {
        state.withLock { state in
            guard let first = state.records.first?.number, number >= first, number - first < state.records.count else {
                return nil
            }
            return state.records[Int(number - first)]
        }
    }
}
