import TrellisModel
import TrellisPrincipals
import TrellisStore

/// The only answer that shows the secret.
enum CreateAccessKey: IAMAction {
    static let name = "CreateAccessKey"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let user = try await call.keyOwner()
        let id = AccessKeyText.id("AKIA", call.context.random)
        let secret = AccessKeyText.secret(call.context.random)
        guard let sealed = call.context.seal.sealAtRest(secret, for: id) else { throw SealingFailed() }
        let key = AccessKeyRecord(
            account: call.account, id: id, userID: user.id, sealedSecret: sealed, createdAt: call.now)
        try await call.store.transaction { session in
            guard try await session.exists(.userIndex(user.id, of: call.account)) else {
                throw IAMError.none(UserRecord.self, user.name)
            }
            let count = try await session.count(under: .accessKeys(ofUser: user.id, of: call.account))
            guard count < IAMLimits.accessKeys else { throw IAMError.quota("AccessKeysPerUser", IAMLimits.accessKeys) }
            try session.put(key, at: .accessKey(id, ofUser: user.id, of: call.account))
        }
        return [
            XMLElement(
                "AccessKey",
                [
                    XMLElement("UserName", user.name), XMLElement("AccessKeyId", id), XMLElement("Status", key.status),
                    XMLElement("SecretAccessKey", secret), XMLElement("CreateDate", key.createdAt.iso8601Seconds),
                ])
        ]
    }
}

enum ListAccessKeys: IAMAction {
    static let name = "ListAccessKeys"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let page = try call.read { $0.page() }
        let user = try await call.keyOwner()
        let keys = try await call.store.records(
            AccessKeyRecord.self, under: .accessKeys(ofUser: user.id, of: call.account))
        return try page.answer("AccessKeyMetadata", keys, position: \.id) { key in
            XMLElement(
                "member",
                [
                    XMLElement("UserName", user.name), XMLElement("AccessKeyId", key.id),
                    XMLElement("Status", key.status), XMLElement("CreateDate", key.createdAt.iso8601Seconds),
                ])
        }
    }
}

enum UpdateAccessKey: IAMAction {
    static let name = "UpdateAccessKey"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (id, status) = try call.read { ($0.accessKeyID(), $0.required("Status", as: .accessKeyStatus)) }
        try await call.changeKey(id) { session, key in
            key.isActive = status == "Active"
            try session.put(key, at: .accessKey(id, ofUser: key.userID, of: call.account))
        }
        return nil
    }
}

enum DeleteAccessKey: IAMAction {
    static let name = "DeleteAccessKey"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let id = try call.read { $0.accessKeyID() }
        try await call.changeKey(id) { session, key in
            session.delete(.accessKey(id, ofUser: key.userID, of: call.account))
        }
        return nil
    }
}

/// Use is not recorded: the answer is that of a key that was never used.
enum GetAccessKeyLastUsed: IAMAction {
    static let name = "GetAccessKeyLastUsed"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let id = try call.read { $0.accessKeyID() }
        let keys = try await call.store.records(AccessKeyRecord.self, under: .all(.accessKey, of: call.account))
        guard let key = keys.first(where: { $0.id == id }),
            let user = try await call.store.record(
                IdentityIndexRecord.self, at: .userIndex(key.userID, of: call.account))
        else { throw IAMError.noAccessKey(id) }
        return [
            XMLElement("UserName", user.name),
            XMLElement("AccessKeyLastUsed", [XMLElement("ServiceName", "N/A"), XMLElement("Region", "N/A")]),
        ]
    }
}

extension IAMCall {
    /// The user whose keys are meant: the one named, or the caller.
    fileprivate func keyOwner() async throws -> UserRecord {
        guard let name = try read({ $0.string("UserName", as: .userName) }) ?? callerUserName else {
            throw IAMError.validation("Must specify userName when calling with non-User credentials")
        }
        return try await holder(UserRecord.self, name)
    }

    fileprivate func changeKey(
        _ id: String, _ change: (StoreSession, inout AccessKeyRecord) throws -> Void
    ) async throws {
        let user = try await keyOwner()
        try await store.transaction { session in
            let key = StoreKey.accessKey(id, ofUser: user.id, of: account)
            guard var record = try await session.get(AccessKeyRecord.self, at: key) else {
                throw IAMError.noAccessKey(id)
            }
            try change(session, &record)
        }
    }
}

extension IAMParameters {
    fileprivate func accessKeyID() -> String { required("AccessKeyId", as: .accessKeyID) }
}

extension AccessKeyRecord {
    fileprivate var status: String { isActive ? "Active" : "Inactive" }
}

extension IAMError {
    fileprivate static func noAccessKey(_ id: String) -> IAMError {
        .noSuchEntity("The Access Key with id \(id) cannot be found.")
    }
}
