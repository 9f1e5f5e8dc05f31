import BenchmarkCounting
import Foundation
import Synchronization
import TrellisModel
import TrellisStore

/// One record is read and written again in a transaction that is on disk when it ends.
var storeCases: [BenchmarkCase] {
    [
        BenchmarkCase(name: "store-transaction", operations: 100, place: .manyThreads) {
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
                "store-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let store = try SQLiteStore.open(at: directory.appendingPathComponent("store.sqlite").path)
            // Its files need no names any more.
            try FileManager.default.removeItem(at: directory)
            let key = StoreKey(try Records.scope(), .service, "svc-0123456789abcdef0")
            return PreparedOperation {
                try waiting {
                    try await store.transaction { session in
                        let count = try await session.get(Counter.self, at: key)?.count ?? 0
                        try session.put(Counter(count: count + 1), at: key)
                    }
                }
                return 1
            }
        }
    ]
}

private struct Counter: StoredRecord {
    var count: Int
}

/// Lets the calling thread wait for the end of a task.
private func waiting(_ operation: @escaping @Sendable () async throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let failure = Failure()
    Task {
        do { try await operation() } catch { failure.error.withLock { $0 = error } }
        done.signal()
    }
    done.wait()
    if let error = failure.error.withLock({ $0 }) { throw error }
}

private final class Failure: Sendable {
    let error = Mutex<(any Error)?>(nil)
}
