import TrellisModel

enum CreatePolicyVersion: IAMAction {
    static let name = "CreatePolicyVersion"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, document, isDefault) = try call.read { parameters in
            (
                parameters.policyARN(), parameters.required("PolicyDocument", as: .policyDocument),
                parameters.boolean("SetAsDefault") ?? false
            )
        }
        try call.check(managedPolicy: document)
        return try await call.changePolicy(arn) { policy in
            guard policy.versions.count < IAMLimits.policyVersions else {
                throw IAMError.limitExceeded(
                    "A managed policy can have up to \(IAMLimits.policyVersions) versions. Before you create a new"
                        + " version, you must delete an existing version.")
            }
            let version = PolicyRecord.Version(number: policy.nextVersion, document: document, createdAt: call.now)
            policy.versions.append(version)
            policy.nextVersion += 1
            policy.updatedAt = call.now
            if isDefault { policy.defaultVersion = version.number }
            return [policy.element(version, "PolicyVersion", withDocument: false)]
        }
    }
}

enum GetPolicyVersion: IAMAction {
    static let name = "GetPolicyVersion"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, id) = try call.read { ($0.policyARN(), $0.versionID()) }
        let policy = try await call.policy(arn)
        return [policy.element(try policy.version(id), "PolicyVersion", withDocument: true)]
    }
}

enum ListPolicyVersions: IAMAction {
    static let name = "ListPolicyVersions"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, page) = try call.read { ($0.policyARN(), $0.page()) }
        let policy = try await call.policy(arn)
        return try page.answer(
            "Versions", policy.versions,
            position: { String(repeating: "0", count: max(0, 20 - String($0.number).count)) + String($0.number) },
            member: { policy.element($0, "member", withDocument: false) })
    }
}

/// What the policy says from now on.
enum SetDefaultPolicyVersion: IAMAction {
    static let name = "SetDefaultPolicyVersion"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, id) = try call.read { ($0.policyARN(), $0.versionID()) }
        return try await call.changePolicy(arn) { policy in
            policy.defaultVersion = try policy.version(id).number
            policy.updatedAt = call.now
            return nil
        }
    }
}

/// Refused for the default version.
enum DeletePolicyVersion: IAMAction {
    static let name = "DeletePolicyVersion"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, id) = try call.read { ($0.policyARN(), $0.versionID()) }
        return try await call.changePolicy(arn) { policy in
            let version = try policy.version(id)
            guard version.number != policy.defaultVersion else {
                throw IAMError.deleteConflict("Cannot delete the default version of a policy.")
            }
            policy.versions.removeAll { $0.number == version.number }
            policy.updatedAt = call.now
            return nil
        }
    }
}

extension IAMParameters {
    fileprivate func versionID() -> String { required("VersionId", as: .versionID) }
}
