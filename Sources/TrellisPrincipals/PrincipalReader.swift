import Synchronization
package import TrellisSignature

/// Remembers the callers that were looked up lately, until anything about principals changes.
///
/// For one event loop or behind one lock: a caller that signs many requests costs a dictionary look-up, no lock and no
/// decryption.
package final class PrincipalReader {
    private struct Entry {
        var caller: KnownCaller
        var token: SessionToken?
    }

    private let directory: PrincipalDirectory
    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var version: UInt64

    /// - Parameter capacity: Callers remembered; when there are more, all are forgotten.
    package init(_ directory: PrincipalDirectory, capacity: Int = 1024) {
        self.directory = directory
        self.capacity = capacity
        version = directory.version
    }

    package func find(_ accessKeyID: String, _ token: SessionToken?) -> KnownCaller? {
        let current = directory.version
        if current != version {
            entries.removeAll(keepingCapacity: true)
            version = current
        }
        if let entry = entries[accessKeyID], entry.token == token { return entry.caller }
        // What is not known is asked for again: whoever guesses keys must not fill the memory.
        guard let caller = directory.caller(accessKeyID, token) else { return nil }
        if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
        entries[accessKeyID] = Entry(caller: caller, token: token)
        return caller
    }
}

/// A reader that tasks share.
package final class SharedPrincipalReader: Sendable {
    private let reader: Mutex<PrincipalReader>

    package init(_ directory: PrincipalDirectory) {
        reader = Mutex(PrincipalReader(directory))
    }

    package func find(_ accessKeyID: String, _ token: SessionToken?) -> KnownCaller? {
        reader.withLock { $0.find(accessKeyID, token) }
    }
}
