import TrellisAPI
import TrellisModel
import TrellisStore

/// The permission that an action needs: its own name, on what its parameters name.
///
/// - Source: the actions and resource types of IAM in the Service Authorization Reference.
enum IAMPermissions {
    static func permission(for action: String, _ call: IAMCall) async throws -> Permission {
        let parameters = call.parameters
        var keys: [String: [String]] = [:]
        if let arn = parameters["PolicyArn"] { keys["iam:policyarn"] = [arn] }
        for tag in IAMParameters(parameters).tags() {
            keys["aws:requesttag/\(tag.key.asciiLowercased)"] = [tag.value]
            keys["aws:tagkeys", default: []].append(tag.key)
        }
        keys["aws:tagkeys", default: []] +=
            parameters.items.filter { $0.name.hasPrefix("TagKeys.member.") }.map(\.value)
        if keys["aws:tagkeys"]?.isEmpty ?? false { keys["aws:tagkeys"] = nil }
        let (resource, tags) = try await resource(of: action, call)
        for tag in tags { keys["aws:resourcetag/\(tag.key.asciiLowercased)"] = [tag.value] }
        return Permission("iam:\(action)", on: resource, keys: keys)
    }

    private static func resource(
        of action: String, _ call: IAMCall
    ) async throws -> (arn: String, tags: [IdentityTag]) {
        let parameters = call.parameters
        func arn(_ tail: String) -> String { "arn:\(ARN.partition):iam::\(call.account):\(tail)" }
        let path = parameters["Path"] ?? "/"
        let prefix = parameters["PathPrefix"] ?? "/"
        switch action {
        case "ListRoles": return (arn("role\(prefix)"), [])
        case "ListUsers": return (arn("user\(prefix)"), [])
        case "ListPolicies": return (arn("policy\(prefix)"), [])
        case "CreateRole": return (arn("role\(path)\(parameters["RoleName"] ?? "")"), [])
        case "CreateUser": return (arn("user\(path)\(parameters["UserName"] ?? "")"), [])
        case "CreatePolicy": return (arn("policy\(path)\(parameters["PolicyName"] ?? "")"), [])
        default: break
        }
        if let name = parameters["RoleName"] {
            let role = try await call.store.record(RoleRecord.self, at: .role(name, of: call.account))
            return (role?.arn ?? arn("role/\(name)"), role?.tags ?? [])
        }
        if let policy = parameters["PolicyArn"], parameters["UserName"] == nil { return (policy, []) }
        if let name = parameters["UserName"] ?? call.callerUserName {
            let user = try await call.store.record(UserRecord.self, at: .user(name, of: call.account))
            return (user?.arn ?? arn("user/\(name)"), user?.tags ?? [])
        }
        return ("*", [])
    }
}
