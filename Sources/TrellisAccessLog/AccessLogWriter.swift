/// Takes batches of one log to where they are kept.
package protocol AccessLogWriter: Sendable {
    /// Bytes of lines that are reason enough to write before the interval is over, and about the most of one batch.
    var batchBytes: Int { get }

    /// Delivers the batch, one at a time.
    ///
    /// - Parameter batch: Loses what was delivered, also when an error is thrown.
    /// - Throws: ``AccessLogWriteError``.
    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError)
}

/// Why lines were not delivered, in words for whoever runs Trellis.
package enum AccessLogWriteError: Error, Hashable, Sendable {
    /// Another attempt may succeed.
    case unavailable(String)
    /// These lines will never be taken.
    case refused(String)

    package var reason: String {
        switch self {
        case .unavailable(let reason), .refused(let reason): reason
        }
    }
}
