import TrellisModel
import TrellisStore

/// A role or a user: something with a name that has policies and tags.
///
/// The actions on them are the same for both, and so are their names but for the kind: `PutRolePolicy`,
/// `PutUserPolicy`.
protocol PolicyHolder: StoredRecord, Equatable {
    /// `Role` or `User`.
    static var kindName: String { get }
    static var nameShape: IAMShape { get }
    /// All inline policies together, in characters that are not white space.
    static var inlinePoliciesSize: Int { get }

    static func key(_ name: String, of account: AccountID) -> StoreKey

    var name: String { get }
    var inlinePolicies: [String: String] { get set }
    var attachedPolicies: [String] { get set }
    var tags: [IdentityTag] { get set }

    /// That a customer managed policy is attached to it.
    func attachmentKey(_ policy: String, of account: AccountID) -> StoreKey
}

extension RoleRecord: PolicyHolder {
    static let kindName = "Role"
    static let nameShape = IAMShape.roleName
    static let inlinePoliciesSize = IAMLimits.roleInlinePoliciesSize

    static func key(_ name: String, of account: AccountID) -> StoreKey { .role(name, of: account) }

    func attachmentKey(_ policy: String, of account: AccountID) -> StoreKey {
        .policyAttachment(policy, to: name, of: account)
    }
}

extension UserRecord: PolicyHolder {
    static let kindName = "User"
    static let nameShape = IAMShape.userName
    static let inlinePoliciesSize = IAMLimits.userInlinePoliciesSize

    static func key(_ name: String, of account: AccountID) -> StoreKey { .user(name, of: account) }

    func attachmentKey(_ policy: String, of account: AccountID) -> StoreKey {
        .policyAttachment(policy, toUser: name, of: account)
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

    /// Changes a role or user in one transaction; `change` may run several times.
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
    /// `RoleName` or `UserName`.
    func name<Holder: PolicyHolder>(of type: Holder.Type) -> String {
        required("\(Holder.kindName)Name", as: Holder.nameShape)
    }
}

extension IAMError {
    static func none<Holder: PolicyHolder>(_ type: Holder.Type, _ name: String) -> IAMError {
        .noSuchEntity("The \(Holder.kindName.lowercased()) with name \(name) cannot be found.")
    }
}
