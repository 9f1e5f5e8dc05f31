import TrellisModel
import TrellisStore

enum CreateGroup: IAMAction {
    static let name = "CreateGroup"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, path) = try call.read { parameters in
            (parameters.name(of: GroupRecord.self), parameters.string("Path", as: .rolePath) ?? "/")
        }
        let group = GroupRecord(
            account: call.account, name: name, id: call.uniqueID("AGPA"), path: path, createdAt: call.now)
        try await call.store.transaction { session in
            let key = StoreKey.group(group.name, of: group.account)
            guard try await !session.exists(key) else { throw IAMError.groupExists(group.name) }
            let count = try await session.count(under: .all(.groupIndex, of: group.account))
            guard count < IAMLimits.groups else { throw IAMError.quota("GroupsPerAccount", IAMLimits.groups) }
            try session.put(group, at: key)
            try session.put(IdentityIndexRecord(name: group.name), at: .groupIndex(group.id, of: group.account))
        }
        return [group.element("Group")]
    }
}

/// The group and a page of its users.
enum GetGroup: IAMAction {
    static let name = "GetGroup"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.name(of: GroupRecord.self), $0.page()) }
        let group = try await call.holder(GroupRecord.self, name)
        let names = try await call.store.records(
            IdentityIndexRecord.self, under: .groupMembers(ofGroup: group.id, of: call.account))
        var users: [UserRecord] = []
        for name in names {
            guard let user = try await call.store.record(UserRecord.self, at: .user(name.name, of: call.account))
            else { continue }
            users.append(user)
        }
        return [group.element("Group")]
            + (try page.answer("Users", users, position: { $0.name.lowercased() }, member: { $0.listed }))
    }
}

enum ListGroups: IAMAction {
    static let name = "ListGroups"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (prefix, page) = try call.read { ($0.string("PathPrefix", as: .pathPrefix) ?? "/", $0.page()) }
        let groups = try await call.store.records(GroupRecord.self, under: .all(.group, of: call.account))
        return try page.answer(
            "Groups", groups.filter { $0.path.hasPrefix(prefix) }, position: { $0.name.lowercased() },
            member: { $0.element("member") })
    }
}

/// Renames or moves a group; its id, members and policies stay.
enum UpdateGroup: IAMAction {
    static let name = "UpdateGroup"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, newPath, newName) = try call.read { parameters in
            (
                parameters.name(of: GroupRecord.self), parameters.string("NewPath", as: .rolePath),
                parameters.string("NewGroupName", as: .groupName)
            )
        }
        try await call.store.transaction { session in
            let key = StoreKey.group(name, of: call.account)
            guard let old = try await session.get(GroupRecord.self, at: key) else {
                throw IAMError.none(GroupRecord.self, name)
            }
            var group = old
            group.path = newPath ?? old.path
            group.name = newName ?? old.name
            let newKey = StoreKey.group(group.name, of: call.account)
            if newKey != key {
                guard try await !session.exists(newKey) else { throw IAMError.groupExists(group.name) }
                session.delete(key)
            }
            try session.put(group, at: newKey)
            try session.put(IdentityIndexRecord(name: group.name), at: .groupIndex(group.id, of: call.account))
            try group.takeAttachments(of: old, in: session, account: call.account)
        }
        return nil
    }
}

/// Refused while the group has users or policies.
enum DeleteGroup: IAMAction {
    static let name = "DeleteGroup"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let name = try call.read { $0.name(of: GroupRecord.self) }
        let key = StoreKey.group(name, of: call.account)
        try await call.store.transaction { session in
            guard let group = try await session.get(GroupRecord.self, at: key) else {
                throw IAMError.none(GroupRecord.self, name)
            }
            guard try await session.count(under: .groupMembers(ofGroup: group.id, of: call.account)) == 0 else {
                throw IAMError.deleteConflict("Cannot delete entity, must remove users from group first.")
            }
            try group.checkHasNoPolicies()
            session.delete(.groupIndex(group.id, of: call.account))
            session.delete(key)
        }
        return nil
    }
}

extension GroupRecord {
    func element(_ name: String) -> XMLElement {
        XMLElement(
            name,
            [
                XMLElement("Path", path), XMLElement("GroupName", self.name), XMLElement("GroupId", id),
                XMLElement("Arn", arn), XMLElement("CreateDate", createdAt.iso8601Seconds),
            ])
    }
}

extension IAMError {
    fileprivate static func groupExists(_ name: String) -> IAMError {
        .entityAlreadyExists("Group with name \(name) already exists.")
    }
}
