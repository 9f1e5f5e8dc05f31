import TrellisAPI
import TrellisModel

extension LatticePermissions {
    /// What an operation needs besides its own permission.
    ///
    /// - Source: reference lattice.md §2.4, the rows "also needs".
    static func furtherPermissions(for call: APICall, in context: LatticeContext) async throws -> [Permission] {
        let members = call.jsonMembers
        switch call.operation {
        case CreateServiceNetworkVpcAssociation.name:
            let groups = members["securityGroupIds"].map { !$0.texts.isEmpty } ?? false
            return [Permission("ec2:DescribeVpcs", on: "*")]
                + (groups ? [Permission("ec2:DescribeSecurityGroups", on: "*")] : [])
        case CreateTargetGroup.name:
            return members["config"]?["vpcIdentifier"] == nil ? [] : [Permission("ec2:DescribeVpcs", on: "*")]
        case CreateAccessLogSubscription.name:
            return [
                Permission("logs:CreateLogDelivery", on: "*"), Permission("logs:GetLogDelivery", on: "*"),
            ]
        case UpdateAccessLogSubscription.name: return [Permission("logs:UpdateLogDelivery", on: "*")]
        case DeleteAccessLogSubscription.name: return [Permission("logs:DeleteLogDelivery", on: "*")]
        case RegisterTargets.name: return try await functionPermissions(for: call, members, in: context)
        default: return []
        }
    }

    /// What registering functions needs: `lambda:GetFunction` on each, and `lambda:AddPermission` where one is added.
    ///
    /// That is where the function's policy does not let the group invoke it yet. The policy of a function at another
    /// endpoint is not changed.
    private static func functionPermissions(
        for call: APICall, _ members: [String: JSONValue], in context: LatticeContext
    ) async throws -> [Permission] {
        guard case .array(let targets)? = members["targets"] else { return [] }
        let functions = targets.compactMap { $0["id"]?.text }.filter { $0.hasPrefix("arn:aws:lambda:") }
        guard !functions.isEmpty else { return [] }
        var permissions = functions.map { id in
            Permission("lambda:GetFunction", on: FunctionARN(id)?.unqualified.description ?? id)
        }
        guard let id = call.labels["targetGroupIdentifier"].flatMap({ try? call.id($0, of: TargetGroupKind.self) }),
            let group = try await context.reader.get(TargetGroupRecord.self, at: .targetGroup(id, in: call.scope))
        else { return permissions }
        for function in functions.compactMap({ FunctionARN($0) }) where function.scope == call.scope {
            guard await context.remoteFunctions.status(function) == .notRemote,
                try await !context.reader.letsInvoke(function, from: group)
            else { continue }
            permissions.append(
                Permission(
                    "lambda:AddPermission", on: function.unqualified.description,
                    keys: ["lambda:principal": ["vpc-lattice.amazonaws.com"]]))
        }
        return permissions
    }
}
