package import TrellisModel
package import TrellisStore

extension AuthPolicyRecord: CheckedRecord {
    package static let kind = RecordKind.authPolicy

    package var key: StoreKey { .authPolicy(of: resource, in: scope) }

    package var references: [StoreKey] { [resource.key(in: scope)] }

    package var changedAt: Timestamp? { lastUpdatedAt }
}

extension ResourcePolicyRecord: CheckedRecord {
    package static let kind = RecordKind.resourcePolicy

    package var key: StoreKey { .resourcePolicy(of: resource, in: scope) }

    /// What the accounts that the policy names see of it.
    package var claims: [KeyClaim] {
        get throws {
            let shared = SharedResourceRecord(resource: resource, owner: scope)
            return try consumers.map { try KeyClaim(IndexKeys($0).shared(resource), shared) }
        }
    }

    package var references: [StoreKey] { [resource.key(in: scope)] }
}
