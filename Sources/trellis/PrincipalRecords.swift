import TrellisModel
import TrellisPrincipals
import TrellisStore

extension PrincipalChange {
    /// The change that a key's new value means; `nil` for a key that no caller depends on.
    ///
    /// - Throws: ``StoreError/unreadable(_:reason:)``.
    init?(key: StoreKey, value: [UInt8]?) throws {
        func record<Record: StoredRecord>(_ type: Record.Type, _ value: [UInt8]) throws -> Record {
            try StoredRecordCoding.decode(type, from: value, at: key)
        }
        let parts = key.components
        guard key.isGlobal, parts.count > 2, let kind = RecordKind(rawValue: String(parts[2])),
            Self.kinds.contains(kind)
        else { return nil }
        guard let value else {
            self = .deletion(of: key)
            return
        }
        switch kind {
        case .role: self = .role(try record(RoleRecord.self, value))
        case .user: self = .user(try record(UserRecord.self, value))
        case .group: self = .group(try record(GroupRecord.self, value))
        case .policy: self = .policy(try record(PolicyRecord.self, value))
        case .accessKey: self = .accessKey(try record(AccessKeyRecord.self, value))
        default: return nil
        }
    }
}

extension PrincipalDirectory {
    /// Takes what the store holds for all there is.
    ///
    /// - Throws: What the store throws, also for a record that cannot be read: who is let in must not depend on a part.
    func load(from store: any Store) async throws {
        var changes: [PrincipalChange] = []
        for account in try await store.accounts() {
            for kind in PrincipalChange.kinds {
                try await store.pages(under: .all(kind, of: account)) { page in
                    changes += try page.compactMap { try PrincipalChange(key: $0.key, value: $0.value) }
                }
            }
        }
        replace(with: changes)
    }
}
