import TrellisAPI
import TrellisModel
import TrellisStore

/// The permissions that the operations need; an operation's name, method and path say it all.
///
/// The action is the operation's name. The resource is the path with its ids, `service/svc-…/listener/listener-…`; what
/// is about to be made has `*` for its id, and lists are about `*`.
///
/// - Source: reference lattice.md §2.4.
enum LatticePermissions {
    private static let operations: [String: any LatticeOperation.Type] = Dictionary(
        LatticeOperations.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    static func permissions(for call: APICall, in reader: some RecordReader) async throws -> [Permission] {
        guard let operation = operations[call.operation] else { return [] }
        let resource = resource(of: operation, call)
        var keys = conditionKeys(of: call)
        if let tagged = try? TaggedResource(resource, for: call), let tags = try? await tagged.tags(in: reader) {
            for (key, value) in tags { keys["aws:resourcetag/\(key.asciiLowercased)"] = [value] }
        }
        guard call.operation != BatchUpdateRule.name else {
            return rules(of: call, in: resource).map { rule in
                Permission("\(LatticeAPI.signingName):\(UpdateRule.name)", on: rule, keys: keys)
            }
        }
        return [Permission("\(LatticeAPI.signingName):\(call.operation)", on: resource, keys: keys)]
            + furtherPermissions(for: call)
    }

    /// Each rule of a batch by itself, so that a policy about one rule holds here too.
    private static func rules(of call: APICall, in all: String) -> [String] {
        guard case .array(let rules)? = call.jsonMembers["rules"] else { return [all] }
        let ids = rules.compactMap { $0["ruleIdentifier"]?.text }
        return ids.isEmpty ? [all] : ids.map { "\(all.dropLast())\(lastPart(of: ARN($0)?.resource ?? $0))" }
    }

    // MARK: What it is about

    private static func resource(of operation: any LatticeOperation.Type, _ call: APICall) -> String {
        if let arn = call.labels["resourceArn"] { return arn }
        if let id = call.labels["resourceIdentifier"] { return resource(withPolicy: id, call) }
        var scope = call.scope
        var parts: [String] = []
        var isCollection = false
        for segment in operation.path.split(separator: "/") {
            if segment.hasPrefix("{"), let label = call.labels[String(segment.dropFirst().dropLast())] {
                let arn = ARN(label)
                // The resource may be one that another account shares.
                if let owner = arn?.scope { scope = owner }
                parts.append(arn.map { lastPart(of: $0.resource) } ?? label)
                isCollection = false
            } else if segment.hasSuffix("targets") {
                // `registertargets` and the like: about the target group.
                isCollection = false
            } else {
                parts.append(String(segment.dropLast()))
                isCollection = true
            }
        }
        if isCollection {
            if operation.method == "GET" { return "*" }
            parts.append("*")
        }
        return arn(parts.joined(separator: "/"), in: scope)
    }

    private static func resource(withPolicy id: String, _ call: APICall) -> String {
        if ARN(id) != nil { return id }
        return switch PolicyResource(id: id) {
        case .serviceNetwork(let id)?: call.scope.arn(id)
        case .service(let id)?: call.scope.arn(id)
        case .resourceConfiguration(let id)?: call.scope.arn(id)
        case nil: "*"
        }
    }

    private static func arn(_ tail: String, in scope: Scope) -> String {
        "arn:\(ARN.partition):\(LatticeAPI.signingName):\(scope.region):\(scope.account):\(tail)"
    }

    private static func lastPart(of resource: String) -> String {
        resource.split(separator: "/").last.map(String.init) ?? resource
    }

    // MARK: Under which conditions

    private static let texts = [
        "authType": "authtype", "protocol": "protocol", "vpcIdentifier": "vpcid", "domainName": "domainname",
        "customDomainName": "domainname", "securityGroupIds": "securitygroupids",
    ]

    private static func conditionKeys(of call: APICall) -> [String: [String]] {
        let members = call.jsonMembers
        var keys: [String: [String]] = [:]
        for (member, key) in texts {
            if let values = members[member]?.texts, !values.isEmpty { keys["vpc-lattice:\(key)"] = values }
        }
        if let vpc = members["config"]?["vpcIdentifier"]?.text { keys["vpc-lattice:vpcid"] = [vpc] }
        if let scheme = members["config"]?["protocol"]?.text { keys["vpc-lattice:protocol"] = [scheme] }
        if let preference = members["dnsOptions"]?["privateDnsPreference"] {
            keys["vpc-lattice:privatednspreference"] = preference.texts
        }
        if let domains = members["dnsOptions"]?["privateDnsSpecifiedDomains"] {
            keys["vpc-lattice:privatednsspecifieddomains"] = domains.texts
        }
        for (member, key, kind) in [
            ("serviceIdentifier", "servicearn", "service"),
            ("serviceNetworkIdentifier", "servicenetworkarn", "servicenetwork"),
            ("resourceConfigurationIdentifier", "resourceconfigurationarn", "resourceconfiguration"),
        ] {
            guard let id = (members[member]?.text ?? call.labels[member]) ?? call.query[member] else { continue }
            keys["vpc-lattice:\(key)"] = [ARN(id) == nil ? arn("\(kind)/\(id)", in: call.scope) : id]
        }
        let groups = targetGroups(in: members["defaultAction"]) + targetGroups(in: members["action"])
        if !groups.isEmpty {
            keys["vpc-lattice:targetgrouparns"] = groups.map {
                ARN($0) == nil ? arn("targetgroup/\($0)", in: call.scope) : $0
            }
        }
        keys.addRequestTags(members["tags"])
        let removed = call.query.values("tagKeys")
        if !removed.isEmpty { keys["aws:tagkeys"] = removed }
        return keys
    }

    private static func targetGroups(in action: JSONValue?) -> [String] {
        guard case .array(let groups)? = action?["forward"]?["targetGroups"] else { return [] }
        return groups.compactMap { $0["targetGroupIdentifier"]?.text }
    }

    // MARK: What else it needs

    /// - Source: reference lattice.md §2.4, the rows "also needs".
    private static func furtherPermissions(for call: APICall) -> [Permission] {
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
        case RegisterTargets.name:
            guard case .array(let targets)? = members["targets"] else { return [] }
            return targets.compactMap { $0["id"]?.text }.filter { $0.hasPrefix("arn:aws:lambda:") }.map {
                Permission("lambda:GetFunction", on: FunctionARN($0)?.unqualified.description ?? $0)
            }
        default: return []
        }
    }
}
