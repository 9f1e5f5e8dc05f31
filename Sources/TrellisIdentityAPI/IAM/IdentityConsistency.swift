package import TrellisModel
package import TrellisStore

/// What a check of the store has to know about users, roles and their policies.
package enum IdentityConsistency {
    package static let records: [any CheckedRecord.Type] = [
        RoleRecord.self, UserRecord.self, AccessKeyRecord.self, PolicyRecord.self, TrustAnchorRecord.self,
        RolesAnywhereProfileRecord.self, RevocationListRecord.self,
    ]

    package static let indexKinds: Set<RecordKind> = [.roleIndex, .userIndex, .policyIndex, .policyAttachment]
}

extension PolicyHolder {
    /// The names of the attached policies that are not of AWS.
    fileprivate var customerPolicies: [String] {
        attachedPolicies.compactMap { try? PolicyARN($0) }.filter { $0.owner != .aws }.map(\.name)
    }

    fileprivate func claims(_ index: StoreKey, in account: AccountID) throws -> [KeyClaim] {
        let name = IdentityIndexRecord(name: name)
        return [try KeyClaim(index, name)]
            + (try customerPolicies.map { try KeyClaim(attachmentKey($0, of: account), name) })
    }
}

extension RoleRecord: CheckedRecord {
    package static let kind = RecordKind.role

    package var key: StoreKey { .role(name, of: account) }

    package var claims: [KeyClaim] {
        get throws { try claims(.roleIndex(id, of: account), in: account) }
    }

    package var references: [StoreKey] { customerPolicies.map { .policy($0, of: account) } }
}

extension UserRecord: CheckedRecord {
    package static let kind = RecordKind.user

    package var key: StoreKey { .user(name, of: account) }

    package var claims: [KeyClaim] {
        get throws { try claims(.userIndex(id, of: account), in: account) }
    }

    package var references: [StoreKey] { customerPolicies.map { .policy($0, of: account) } }
}

extension AccessKeyRecord: CheckedRecord {
    package static let kind = RecordKind.accessKey

    package var key: StoreKey { .accessKey(id, ofUser: userID, of: account) }
}

extension PolicyRecord: CheckedRecord {
    package static let kind = RecordKind.policy

    package var key: StoreKey { .policy(name, of: account) }

    package var claims: [KeyClaim] {
        get throws { [try KeyClaim(.policyIndex(id, of: account), IdentityIndexRecord(name: name))] }
    }
}

extension TrustAnchorRecord: CheckedRecord {
    package static let kind = RecordKind.trustAnchor
}

extension RolesAnywhereProfileRecord: CheckedRecord {
    package static let kind = RecordKind.rolesAnywhereProfile
}

extension RevocationListRecord: CheckedRecord {
    package static let kind = RecordKind.revocationList
}
