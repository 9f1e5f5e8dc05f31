import TrellisModel
import TrellisPolicy
import TrellisStore

enum CreateUser: IAMAction {
    static let name = "CreateUser"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, path, boundary, tags) = try call.read { parameters in
            (
                parameters.name(of: UserRecord.self), parameters.string("Path", as: .rolePath) ?? "/",
                parameters.string("PermissionsBoundary", as: .arn), parameters.tags()
            )
        }
        try IAMTags.check(tags)
        let made = UserRecord(
            account: call.account, name: name, id: call.uniqueID("AIDA"), path: path, createdAt: call.now, tags: tags)
        let user = try await call.store.transaction { session in
            var user = made
            let key = StoreKey.user(user.name, of: user.account)
            guard try await !session.exists(key) else { throw IAMError.userExists(user.name) }
            let count = try await session.count(under: .all(.userIndex, of: user.account))
            guard count < IAMLimits.users else { throw IAMError.quota("UsersPerAccount", IAMLimits.users) }
            try await call.setBoundary(boundary, of: &user, session)
            try session.put(user, at: key)
            try session.put(IdentityIndexRecord(name: user.name), at: .userIndex(user.id, of: user.account))
            return user
        }
        return [user.element]
    }
}

/// Without a name it shows the caller, also the root user, as the Terraform provider asks.
enum GetUser: IAMAction {
    static let name = "GetUser"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let given = try call.read { $0.string("UserName", as: .userName) }
        if let name = given ?? call.callerUserName { return [try await call.holder(UserRecord.self, name).element] }
        guard call.caller.kind == .account else {
            throw IAMError.validation("Must specify userName when calling with non-User credentials")
        }
        return [
            XMLElement(
                "User", [XMLElement("UserId", call.caller.userID), XMLElement("Arn", call.caller.arn)])
        ]
    }
}

enum ListUsers: IAMAction {
    static let name = "ListUsers"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (prefix, page) = try call.read { ($0.string("PathPrefix", as: .pathPrefix) ?? "/", $0.page()) }
        let users = try await call.store.records(UserRecord.self, under: .all(.user, of: call.account))
        return try page.answer(
            "Users", users.filter { $0.path.hasPrefix(prefix) }, position: { $0.name.lowercased() },
            member: { $0.listed })
    }
}

/// Renames or moves a user; its id, keys, groups and policies stay.
enum UpdateUser: IAMAction {
    static let name = "UpdateUser"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, newPath, newName) = try call.read { parameters in
            (
                parameters.name(of: UserRecord.self), parameters.string("NewPath", as: .rolePath),
                parameters.string("NewUserName", as: .userName)
            )
        }
        try await call.store.transaction { session in
            let key = StoreKey.user(name, of: call.account)
            guard let old = try await session.get(UserRecord.self, at: key) else {
                throw IAMError.none(UserRecord.self, name)
            }
            var user = old
            user.path = newPath ?? old.path
            user.name = newName ?? old.name
            let newKey = StoreKey.user(user.name, of: call.account)
            if newKey != key {
                guard try await !session.exists(newKey) else { throw IAMError.userExists(user.name) }
                session.delete(key)
            }
            try session.put(user, at: newKey)
            try session.put(IdentityIndexRecord(name: user.name), at: .userIndex(user.id, of: call.account))
            let name = IdentityIndexRecord(name: user.name)
            try user.takeAttachments(of: old, in: session, account: call.account)
            if let policy = user.boundaryPolicy {
                session.delete(old.boundaryKey(policy, of: call.account))
                try session.put(name, at: user.boundaryKey(policy, of: call.account))
            }
            for group in user.groupIDs {
                try session.put(name, at: .groupMember(user.id, ofGroup: group, of: call.account))
            }
        }
        return nil
    }
}

/// Refused while the user has keys, groups or policies.
enum DeleteUser: IAMAction {
    static let name = "DeleteUser"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let name = try call.read { $0.name(of: UserRecord.self) }
        let key = StoreKey.user(name, of: call.account)
        try await call.store.transaction { session in
            guard let user = try await session.get(UserRecord.self, at: key) else {
                throw IAMError.none(UserRecord.self, name)
            }
            guard try await session.count(under: .accessKeys(ofUser: user.id, of: call.account)) == 0 else {
                throw IAMError.deleteConflict("Cannot delete entity, must delete access keys first.")
            }
            guard user.groupIDs.isEmpty else {
                throw IAMError.deleteConflict("Cannot delete entity, must remove user from groups first.")
            }
            try user.checkHasNoPolicies()
            if let policy = user.boundaryPolicy { session.delete(user.boundaryKey(policy, of: call.account)) }
            session.delete(.userIndex(user.id, of: call.account))
            session.delete(key)
        }
        return nil
    }
}

/// What Terraform asks before it deletes a user with `force_destroy`, and what a user of Trellis has none of: the list
/// of an existing user is empty.
enum EmptyUserList<Kind: EmptyUserListKind>: IAMAction {
    static var name: String { Kind.action }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.name(of: UserRecord.self), $0.page()) }
        _ = try await call.holder(UserRecord.self, name)
        return try page.answer(Kind.element, [String](), position: \.self, member: { XMLElement("member", $0) })
    }
}

protocol EmptyUserListKind {
    static var action: String { get }
    static var element: String { get }
}

enum MFADevicesOfUser: EmptyUserListKind {
    static let action = "ListMFADevices"
    static let element = "MFADevices"
}

enum SSHKeysOfUser: EmptyUserListKind {
    static let action = "ListSSHPublicKeys"
    static let element = "SSHPublicKeys"
}

enum SigningCertificatesOfUser: EmptyUserListKind {
    static let action = "ListSigningCertificates"
    static let element = "Certificates"
}

enum ServiceCredentialsOfUser: EmptyUserListKind {
    static let action = "ListServiceSpecificCredentials"
    static let element = "ServiceSpecificCredentials"
}

/// Nobody has a password here.
enum DeleteLoginProfile: IAMAction {
    static let name = "DeleteLoginProfile"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let name = try call.read { $0.name(of: UserRecord.self) }
        _ = try await call.holder(UserRecord.self, name)
        throw IAMError.noSuchEntity("Login Profile for User \(name) cannot be found.")
    }
}

extension IAMCall {
    /// The user who calls.
    var callerUserName: String? { if case .user(let name) = caller.kind { name } else { nil } }
}

extension UserRecord {
    /// The user as CreateUser and GetUser show it.
    var element: XMLElement { XMLElement("User", members + boundaryElements + IAMTags.elements(tags)) }

    /// The user as lists show it: without tags.
    var listed: XMLElement { XMLElement("member", members) }

    private var members: [XMLElement] {
        [
            XMLElement("Path", path), XMLElement("UserName", name), XMLElement("UserId", id), XMLElement("Arn", arn),
            XMLElement("CreateDate", createdAt.iso8601Seconds),
        ]
    }
}

extension IAMError {
    fileprivate static func userExists(_ name: String) -> IAMError {
        .entityAlreadyExists("User with name \(name) already exists.")
    }
}
