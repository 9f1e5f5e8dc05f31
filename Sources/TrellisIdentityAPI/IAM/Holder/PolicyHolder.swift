import TrellisModel
import TrellisStore

/// A role, a user or a group: something with a name that has policies.
///
/// The actions on them are the same for all, and so are their names but for the kind: `PutRolePolicy`,
/// `PutUserPolicy`, `PutGroupPolicy`.
protocol PolicyHolder: StoredRecord, Equatable {
    /// `Role`, `User` or `Group`.
    static var kindName: String { get }
    static var nameShape: IAMShape { get }
    /// All inline policies together, in characters that are not white space.
    static var inlinePoliciesSize: Int { get }

    static func key(_ name: String, of account: AccountID) -> StoreKey

    var name: String { get }
    var inlinePolicies: [String: String] { get set }
    var attachedPolicies: [String] { get set }

    /// That a customer managed policy is attached to it.
    func attachmentKey(_ policy: String, of account: AccountID) -> StoreKey
}

/// A role or a user: whoever may be a caller, and so has tags and a permissions boundary.
protocol PrincipalHolder: PolicyHolder {
    var tags: [IdentityTag] { get set }
    var permissionsBoundary: String? { get set }

    /// That a customer managed policy is its permissions boundary.
    func boundaryKey(_ policy: String, of account: AccountID) -> StoreKey
}

extension RoleRecord: PrincipalHolder {
    static let kindName = "Role"
    static let nameShape = IAMShape.roleName
    static let inlinePoliciesSize = IAMLimits.roleInlinePoliciesSize

    static func key(_ name: String, of account: AccountID) -> StoreKey { .role(name, of: account) }

    func attachmentKey(_ policy: String, of account: AccountID) -> StoreKey {
        .policyAttachment(policy, to: name, of: account)
    }

    func boundaryKey(_ policy: String, of account: AccountID) -> StoreKey {
        .policyBoundary(policy, of: name, in: account)
    }
}

extension UserRecord: PrincipalHolder {
    static let kindName = "User"
    static let nameShape = IAMShape.userName
    static let inlinePoliciesSize = IAMLimits.userInlinePoliciesSize

    static func key(_ name: String, of account: AccountID) -> StoreKey { .user(name, of: account) }

    func attachmentKey(_ policy: String, of account: AccountID) -> StoreKey {
        .policyAttachment(policy, toUser: name, of: account)
    }

    func boundaryKey(_ policy: String, of account: AccountID) -> StoreKey {
        .policyBoundary(policy, ofUser: name, in: account)
    }
}

extension GroupRecord: PolicyHolder {
    static let kindName = "Group"
    static let nameShape = IAMShape.groupName
    static let inlinePoliciesSize = IAMLimits.groupInlinePoliciesSize

    static func key(_ name: String, of account: AccountID) -> StoreKey { .group(name, of: account) }

    func attachmentKey(_ policy: String, of account: AccountID) -> StoreKey {
        .policyAttachment(policy, toGroup: name, of: account)
    }
}

extension PolicyHolder {
    /// The names of the attached policies that are not of AWS.
    var customerPolicies: [String] {
        attachedPolicies.compactMap { try? PolicyARN($0) }.filter { $0.owner != .aws }.map(\.name)
    }

    /// - Throws: DeleteConflict while it has policies.
    func checkHasNoPolicies() throws(IAMError) {
        guard attachedPolicies.isEmpty else {
            throw .deleteConflict("Cannot delete entity, must detach all policies first.")
        }
        guard inlinePolicies.isEmpty else {
            throw .deleteConflict("Cannot delete entity, must delete policies first.")
        }
    }

    /// Writes the keys that lead from policies to this record under its new name.
    func takeAttachments(of old: Self, in session: StoreSession, account: AccountID) throws {
        for policy in customerPolicies {
            session.delete(old.attachmentKey(policy, of: account))
            try session.put(IdentityIndexRecord(name: name), at: attachmentKey(policy, of: account))
        }
    }
}

extension IAMCall {
    /// - Throws: NoSuchEntity.
    func holder<Holder: PolicyHolder>(_ type: Holder.Type, _ name: String) async throws -> Holder {
        guard let holder = try await store.record(type, at: Holder.key(name, of: account)) else {
            throw IAMError.none(type, name)
        }
        return holder
    }

    /// Changes a role, user or group in one transaction; `change` may run several times.
    ///
    /// - Returns: The record as it is then.
    /// - Throws: NoSuchEntity, or what `change` throws.
    @discardableResult
    func change<Holder: PolicyHolder>(
        _ type: Holder.Type, _ name: String, _ change: (inout Holder, StoreSession) async throws -> Void
    ) async throws -> Holder {
        let key = Holder.key(name, of: account)
        return try await store.transaction { session in
            guard var holder = try await session.get(type, at: key) else { throw IAMError.none(type, name) }
            let before = holder
            try await change(&holder, session)
            if holder != before { try session.put(holder, at: key) }
            return holder
        }
    }
}

extension IAMParameters {
    /// `RoleName`, `UserName` or `GroupName`.
    func name<Holder: PolicyHolder>(of type: Holder.Type) -> String {
        required("\(Holder.kindName)Name", as: Holder.nameShape)
    }
}

extension IAMError {
    static func none<Holder: PolicyHolder>(_ type: Holder.Type, _ name: String) -> IAMError {
        .noSuchEntity("The \(Holder.kindName.lowercased()) with name \(name) cannot be found.")
    }
}
