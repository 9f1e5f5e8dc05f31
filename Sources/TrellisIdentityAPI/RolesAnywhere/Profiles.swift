import TrellisAPI
import TrellisModel
import TrellisPolicy

extension RolesAnywhereProfileRecord: RolesAnywhereResource {
    static let arnKind = "profile"
    static let kindName = "Profile"
    static let pathName = "profile"
    static let memberName = "profile"
    static let createName = "Create"

    var members: [String: JSONValue?] {
        [
            "profileId": .string(id), "profileArn": .string(arn), "name": .string(name),
            "enabled": .boolean(isEnabled), "roleArns": .array(roleARNs.map(JSONValue.string)),
            "sessionPolicy": .optional(sessionPolicy),
            "managedPolicyArns": .array(managedPolicyARNs.map(JSONValue.string)),
            "durationSeconds": .integer(Int64(durationSeconds)),
            "requireInstanceProperties": .boolean(requiresInstanceProperties),
            "attributeMappings": AttributeMappings(of: self).json,
            "acceptRoleSessionName": .boolean(acceptsRoleSessionName), "createdBy": .string(createdBy),
            "createdAt": .string(createdAt.iso8601Seconds), "updatedAt": .string(updatedAt.iso8601Seconds),
        ]
    }

    static func make(
        _ members: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> RolesAnywhereProfileRecord {
        let input = RolesAnywhereInput(members)
        var profile = RolesAnywhereProfileRecord(
            scope: call.scope, id: service.random.uuid(), name: try input.required(try input.name(), "name"),
            roleARNs: [], durationSeconds: 3600, isEnabled: try input.flag("enabled") ?? true,
            createdBy: call.caller.principalARN, tags: try input.tags(), createdAt: service.clock.now())
        _ = try input.required(members["roleArns"], "roleArns")
        profile.requiresInstanceProperties = try input.flag("requireInstanceProperties") ?? false
        try profile.update(members)
        return profile
    }

    mutating func update(_ members: [String: JSONValue]) throws {
        let input = RolesAnywhereInput(members)
        name = try input.name() ?? name
        acceptsRoleSessionName = try input.flag("acceptRoleSessionName") ?? acceptsRoleSessionName
        if let arns = members["roleArns"]?.texts {
            guard arns.count <= 250, arns.allSatisfy({ RoleRecord.identifier(inARN: $0) != nil }) else {
                throw RolesAnywhereError.validation("roleArns must be at most 250 ARNs of roles")
            }
            roleARNs = arns
        }
        if let arns = members["managedPolicyArns"]?.texts {
            guard arns.count <= 50, arns.allSatisfy({ (try? PolicyARN($0)) != nil }) else {
                throw RolesAnywhereError.validation("managedPolicyArns must be at most 50 ARNs of policies")
            }
            managedPolicyARNs = arns
        }
        if let text = members["sessionPolicy"]?.text {
            do {
                _ = try PolicyParser(.identityPolicy).parse(text)
            } catch {
                throw RolesAnywhereError.validation("sessionPolicy: \(error.message)")
            }
            guard text.unicodeScalars.count <= 2048 else {
                throw RolesAnywhereError.validation("sessionPolicy must be at most 2048 characters")
            }
            sessionPolicy = text
        }
        if let value = members["durationSeconds"] {
            guard case .integer(let seconds) = value, (900...43_200).contains(seconds) else {
                throw RolesAnywhereError.validation("durationSeconds must be 900 to 43200")
            }
            durationSeconds = Int(seconds)
        }
    }
}
