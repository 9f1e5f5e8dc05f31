import Synchronization
import TrellisModel
import TrellisStore

/// Removes client tokens that are too old to matter, so that they do not fill the store.
final class ClientTokenSweep: Sendable {
    private let store: any Store
    private let clock: any WallClock
    /// Where tokens were seen; guarded by the mutex.
    private let scopes = Mutex<Set<Scope>>([])

    init(store: any Store, clock: any WallClock) {
        self.store = store
        self.clock = clock
    }

    func note(_ scope: Scope) {
        scopes.withLock { _ = $0.insert(scope) }
    }

    /// Remembers the account and Region of a key if it is a token's.
    func note(_ key: StoreKey) {
        guard key.kind == nil else { return }
        let parts = key.components
        guard parts.count > 3, parts[2] == "index", parts[3] == IndexKeys.clientToken,
            let account = AccountID(String(parts[0])), let region = Region(String(parts[1]))
        else { return }
        scopes.withLock { _ = $0.insert(Scope(account: account, region: region)) }
    }

    func removeExpired() async throws {
        for scope in scopes.withLock(\.self) {
            try await store.pages(under: IndexKeys(scope).clientTokens) { page in
                for entry in page { try await removeIfExpired(entry) }
            }
        }
    }

    private func removeIfExpired(_ entry: StoreEntry) async throws {
        let token = try StoredRecordCoding.decode(ClientTokenRecord.self, from: entry.value, at: entry.key)
        guard token.isExpired(at: clock.now()) else { return }
        // On a conflict the token was used again just now and stays.
        _ = try await store.commit(
            StoreTransaction(conditions: [.unchanged(entry.key, at: entry.revision)], mutations: [.delete(entry.key)]))
    }
}
