import TrellisAPI
import TrellisLogs
import TrellisModel

/// The permissions that the operations need: the action is the operation's name, the resource the group or stream that
/// the input names, in the spelling of CloudWatch Logs' own refusals: `log-group:<group>:log-stream:<stream or nothing>`.
enum LogsPermissions {
    static func permissions(for call: APICall, in store: LogStore) async -> [Permission] {
        let members = call.jsonMembers
        var keys: [String: [String]] = [:]
        keys.addRequestTags(members["tags"])
        if let removed = members["tagKeys"]?.texts, !removed.isEmpty { keys["aws:tagkeys"] = removed }
        let resource = resource(of: members, call)
        if let (name, scope) = group(in: resource), let group = try? await store.group(name, in: scope) {
            for (key, value) in group.settings.tags { keys["aws:resourcetag/\(key.asciiLowercased)"] = [value] }
        }
        return [Permission("logs:\(call.operation)", on: resource, keys: keys)]
    }

    /// The log group of an ARN, whether the ARN is of the group, of a stream in it, or has `:*` at its end.
    private static func group(in resource: String) -> (LogGroupName, Scope)? {
        guard let arn = ARN(resource), let scope = arn.scope else { return nil }
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, parts[0] == "log-group", let name = LogGroupName(String(parts[1])) else { return nil }
        return (name, scope)
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
