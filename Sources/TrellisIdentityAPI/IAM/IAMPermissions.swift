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
        let subject = try await subject(of: action, call)
        for tag in subject.tags { keys["aws:resourcetag/\(tag.key.asciiLowercased)"] = [tag.value] }
        if let boundary = parameters["PermissionsBoundary"] ?? subject.boundary {
            keys["iam:permissionsboundary"] = [boundary]
        }
        return Permission("iam:\(action)", on: subject.arn, keys: keys)
    }

    /// What an action is about, with what conditions can ask of it.
    private struct Subject {
        var arn: String
        var tags: [IdentityTag] = []
        var boundary: String?
    }

    private static func subject(of action: String, _ call: IAMCall) async throws -> Subject {
        let parameters = call.parameters
        let account = call.account
        func made(_ tail: String) -> Subject { Subject(arn: "arn:\(ARN.partition):iam::\(account):\(tail)") }
        let path = parameters["Path"] ?? "/"
        let prefix = parameters["PathPrefix"] ?? "/"
        switch action {
        case "ListRoles": return made("role\(prefix)")
        case "ListUsers": return made("user\(prefix)")
        case "ListGroups": return made("group\(prefix)")
        case "ListPolicies": return made("policy\(prefix)")
        case "CreateRole": return made("role\(path)\(parameters["RoleName"] ?? "")")
        case "CreateUser": return made("user\(path)\(parameters["UserName"] ?? "")")
        case "CreateGroup": return made("group\(path)\(parameters["GroupName"] ?? "")")
        case "CreatePolicy": return made("policy\(path)\(parameters["PolicyName"] ?? "")")
        default: break
        }
        // An action on a group's members or a policy's users is about the group or user, not about the other.
        if let name = parameters["RoleName"] {
            guard let role = try await call.store.record(RoleRecord.self, at: .role(name, of: account)) else {
                return made("role/\(name)")
            }
            return Subject(arn: role.arn, tags: role.tags, boundary: role.permissionsBoundary)
        }
        if let name = parameters["GroupName"] {
            let group = try await call.store.record(GroupRecord.self, at: .group(name, of: account))
            return group.map { Subject(arn: $0.arn) } ?? made("group/\(name)")
        }
        if let policy = parameters["PolicyArn"], parameters["UserName"] == nil {
            return Subject(arn: policy, tags: (try? await call.policy(policy))?.tags ?? [])
        }
        if let name = parameters["UserName"] ?? call.callerUserName {
            guard let user = try await call.store.record(UserRecord.self, at: .user(name, of: account)) else {
                return made("user/\(name)")
            }
            return Subject(arn: user.arn, tags: user.tags, boundary: user.permissionsBoundary)
        }
        return Subject(arn: "*")
    }
}
