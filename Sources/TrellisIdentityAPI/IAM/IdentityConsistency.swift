package import TrellisModel
package import TrellisStore

/// What a check of the store has to know about users, roles and their policies.
package enum IdentityConsistency {
    package static let records: [any CheckedRecord.Type] = [
        RoleRecord.self, UserRecord.self, GroupRecord.self, AccessKeyRecord.self, PolicyRecord.self,
        TrustAnchorRecord.self, RolesAnywhereProfileRecord.self, RevocationListRecord.self,
        CertificateSubjectRecord.self,
    ]

    package static let indexKinds: Set<RecordKind> = [
        .roleIndex, .userIndex, .groupIndex, .groupMember, .policyIndex, .policyAttachment, .policyBoundary,
    ]
}

extension PolicyHolder {
    fileprivate func claims(_ index: StoreKey, in account: AccountID) throws -> [KeyClaim] {
        let name = IdentityIndexRecord(name: name)
        return [try KeyClaim(index, name)]
            + (try customerPolicies.map { try KeyClaim(attachmentKey($0, of: account), name) })
    }
}

extension PrincipalHolder {
    fileprivate func boundaryClaims(in account: AccountID) throws -> [KeyClaim] {
        try boundaryPolicy.map { [try KeyClaim(boundaryKey($0, of: account), IdentityIndexRecord(name: name))] } ?? []
    }

    fileprivate func policyReferences(in account: AccountID) -> [StoreKey] {
        (customerPolicies + (boundaryPolicy.map { [$0] } ?? [])).map { .policy($0, of: account) }
    }
}

extension RoleRecord: CheckedRecord {
    package static let kind = RecordKind.role

    package var key: StoreKey { .role(name, of: account) }

    package var claims: [KeyClaim] {
        get throws { try claims(.roleIndex(id, of: account), in: account) + boundaryClaims(in: account) }
    }

    package var references: [StoreKey] { policyReferences(in: account) }
}

extension UserRecord: CheckedRecord {
    package static let kind = RecordKind.user

    package var key: StoreKey { .user(name, of: account) }

    package var claims: [KeyClaim] {
        get throws {
            let member = IdentityIndexRecord(name: name)
            return try claims(.userIndex(id, of: account), in: account) + boundaryClaims(in: account)
                + (try groupIDs.map { try KeyClaim(.groupMember(id, ofGroup: $0, of: account), member) })
        }
    }

    package var references: [StoreKey] { policyReferences(in: account) }
}

extension GroupRecord: CheckedRecord {
    package static let kind = RecordKind.group

    package var key: StoreKey { .group(name, of: account) }

    package var claims: [KeyClaim] {
        get throws { try claims(.groupIndex(id, of: account), in: account) }
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

extension CertificateSubjectRecord: CheckedRecord {
    package static let kind = RecordKind.certificateSubject
}

extension RevocationListRecord: CheckedRecord {
    package static let kind = RecordKind.revocationList
}
