import TrellisModel
import TrellisSignature
import TrellisStore

extension IAMCall {
    /// - Throws: NoSuchEntity.
    func role(_ name: String) async throws -> RoleRecord {
        guard let role = try await store.record(RoleRecord.self, at: .role(name, of: account)) else {
            throw IAMError.noRole(name)
        }
        return role
    }

    /// Changes a role in one transaction; `change` may run several times.
    ///
    /// - Returns: The role as it is then.
    /// - Throws: NoSuchEntity, or what `change` throws.
    @discardableResult
    func changeRole(
        _ name: String, _ change: (inout RoleRecord, StoreSession) async throws -> Void
    ) async throws -> RoleRecord {
        let key = StoreKey.role(name, of: account)
        return try await store.transaction { session in
            guard var role = try await session.get(RoleRecord.self, at: key) else { throw IAMError.noRole(name) }
            let before = role
            try await change(&role, session)
            if role != before { try session.put(role, at: key) }
            return role
        }
    }
}

extension IAMParameters {
    func roleName() -> String { required("RoleName", as: .roleName) }
}

extension RoleRecord {
    /// The role as CreateRole and GetRole show it.
    var element: XMLElement { XMLElement("Role", members + IAMTags.elements(tags)) }

    /// The role as lists show it: without tags.
    var listed: XMLElement { XMLElement("member", members) }

    private var members: [XMLElement] {
        var members = [
            XMLElement("Path", path), XMLElement("RoleName", name), XMLElement("RoleId", id), XMLElement("Arn", arn),
            XMLElement("CreateDate", createdAt.iso8601Seconds),
            XMLElement("AssumeRolePolicyDocument", PercentEncoding.encoded(trustPolicy)),
        ]
        if let description { members.append(XMLElement("Description", description)) }
        members.append(XMLElement("MaxSessionDuration", String(maximumSessionSeconds)))
        return members
    }
}
