import TrellisModel
import TrellisStore

/// Who is a member already stays so.
enum AddUserToGroup: IAMAction {
    static let name = "AddUserToGroup"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        try await call.changeMembership { user, group, key, session in
            guard !user.groupIDs.contains(group.id) else { return }
            guard user.groupIDs.count < IAMLimits.groupsOfUser else {
                throw IAMError.quota("GroupsPerUser", IAMLimits.groupsOfUser)
            }
            user.groupIDs.append(group.id)
            try session.put(IdentityIndexRecord(name: user.name), at: key)
        }
        return nil
    }
}

enum RemoveUserFromGroup: IAMAction {
    static let name = "RemoveUserFromGroup"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        try await call.changeMembership { user, group, key, session in
            guard let index = user.groupIDs.firstIndex(of: group.id) else {
                throw IAMError.noSuchEntity("User \(user.name) is not in group \(group.name).")
            }
            user.groupIDs.remove(at: index)
            session.delete(key)
        }
        return nil
    }
}

enum ListGroupsForUser: IAMAction {
    static let name = "ListGroupsForUser"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.name(of: UserRecord.self), $0.page()) }
        let user = try await call.holder(UserRecord.self, name)
        var groups: [GroupRecord] = []
        for id in user.groupIDs {
            guard
                let name = try await call.store.record(IdentityIndexRecord.self, at: .groupIndex(id, of: call.account)),
                let group = try await call.store.record(GroupRecord.self, at: .group(name.name, of: call.account))
            else { continue }
            groups.append(group)
        }
        return try page.answer(
            "Groups", groups, position: { $0.name.lowercased() }, member: { $0.element("member") })
    }
}

extension IAMCall {
    /// Changes in one transaction whether a user belongs to a group; `change` may run several times.
    ///
    /// - Parameter change: Gets the user, the group, the key that says that the one belongs to the other, and the session.
    /// - Throws: NoSuchEntity, or what `change` throws.
    fileprivate func changeMembership(
        _ change: (inout UserRecord, GroupRecord, StoreKey, StoreSession) throws -> Void
    ) async throws {
        let (groupName, userName) = try read { ($0.name(of: GroupRecord.self), $0.name(of: UserRecord.self)) }
        try await self.change(UserRecord.self, userName) { user, session in
            guard let group = try await session.get(GroupRecord.self, at: .group(groupName, of: account)) else {
                throw IAMError.none(GroupRecord.self, groupName)
            }
            try change(&user, group, .groupMember(user.id, ofGroup: group.id, of: account), session)
        }
    }
}
