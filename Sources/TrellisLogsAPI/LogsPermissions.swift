import TrellisAPI
import TrellisModel

/// The permissions that the operations need: the action is the operation's name, the resource the group or stream that
/// the input names, in the spelling of CloudWatch Logs' own refusals: `log-group:<group>:log-stream:<stream or nothing>`.
enum LogsPermissions {
    static func permissions(for call: APICall) -> [Permission] {
        let members = call.jsonMembers
        var keys: [String: [String]] = [:]
        keys.addRequestTags(members["tags"])
        if let removed = members["tagKeys"]?.texts, !removed.isEmpty { keys["aws:tagkeys"] = removed }
        return [Permission("logs:\(call.operation)", on: resource(of: members, call), keys: keys)]
    }

    private static func resource(of members: [String: JSONValue], _ call: APICall) -> String {
        if let arn = members["resourceArn"]?.text { return arn }
        let group = members["logGroupName"]?.text ?? members["logGroupIdentifier"]?.text
        guard let group = group ?? (call.operation == "DescribeLogGroups" ? "" : nil) else { return "*" }
        let stream = members["logStreamName"]?.text ?? ""
        let prefix = ARN(group).map { $0.description.hasSuffix(":*") ? String(group.dropLast(2)) : group }
        let scope = call.scope
        return (prefix ?? "arn:\(ARN.partition):logs:\(scope.region):\(scope.account):log-group:\(group)")
            + ":log-stream:\(stream)"
    }
}
