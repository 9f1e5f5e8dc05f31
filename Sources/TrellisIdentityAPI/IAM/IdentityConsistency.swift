package import TrellisModel
package import TrellisStore

/// What a check of the store has to know about roles and their policies.
package enum IdentityConsistency {
    package static let records: [any CheckedRecord.Type] = [RoleRecord.self, PolicyRecord.self]

    package static let indexKinds: Set<RecordKind> = [.roleIndex, .policyIndex, .policyAttachment]
}

extension RoleRecord: CheckedRecord {
    package static let kind = RecordKind.role

    package var key: StoreKey { .role(name, of: account) }

    package var claims: [KeyClaim] {
        get throws {
            let name = IdentityIndexRecord(name: name)
            return [try KeyClaim(.roleIndex(id, of: account), name)]
                + (try customerPolicies.map { try KeyClaim(.policyAttachment($0, to: self.name, of: account), name) })
        }
    }

    package var references: [StoreKey] { customerPolicies.map { .policy($0, of: account) } }

    /// The names of the attached policies that are not of AWS.
    private var customerPolicies: [String] {
        attachedPolicies.compactMap { try? PolicyARN($0) }.filter { $0.owner != .aws }.map(\.name)
    }
}

extension PolicyRecord: CheckedRecord {
    package static let kind = RecordKind.policy

    package var key: StoreKey { .policy(name, of: account) }

    package var claims: [KeyClaim] {
        get throws { [try KeyClaim(.policyIndex(id, of: account), IdentityIndexRecord(name: name))] }
    }
}
