import TrellisAPI
import TrellisModel
import TrellisStore

/// The condition keys that a call has: what it asks for, before what is stored of the resource that it names.
///
/// - Source: reference lattice.md §2.4; which stored resource has which key is that of the resource types in the Service
///   Authorization Reference.
struct LatticeConditionKeys {
    /// By names in lower case.
    private(set) var values: [String: [String]] = [:]

    private static let texts = [
        "authType": "authtype", "protocol": "protocol", "vpcIdentifier": "vpcid", "domainName": "domainname",
        "customDomainName": "domainname", "securityGroupIds": "securitygroupids", "vpcEndpointId": "vpcendpointid",
    ]

    private static let arns = [
        ("serviceIdentifier", "servicearn", "service"),
        ("serviceNetworkIdentifier", "servicenetworkarn", "servicenetwork"),
        ("resourceConfigurationIdentifier", "resourceconfigurationarn", "resourceconfiguration"),
    ]

    /// What the request says.
    init(of call: APICall) {
        let members = call.jsonMembers
        for (member, key) in Self.texts {
            let texts = members[member]?.texts ?? call.query.values(member)
            if !texts.isEmpty { values["vpc-lattice:\(key)"] = texts }
        }
        if let vpc = members["config"]?["vpcIdentifier"]?.text { values["vpc-lattice:vpcid"] = [vpc] }
        if let scheme = members["config"]?["protocol"]?.text { values["vpc-lattice:protocol"] = [scheme] }
        if let preference = members["dnsOptions"]?["privateDnsPreference"] {
            values["vpc-lattice:privatednspreference"] = preference.texts
        }
        if let domains = members["dnsOptions"]?["privateDnsSpecifiedDomains"] {
            values["vpc-lattice:privatednsspecifieddomains"] = domains.texts
        }
        for (member, key, kind) in Self.arns {
            guard let id = (members[member]?.text ?? call.labels[member]) ?? call.query[member] else { continue }
            values["vpc-lattice:\(key)"] = [
                ARN(id) == nil ? LatticePermissions.arn("\(kind)/\(id)", in: call.scope) : id
            ]
        }
        let groups = Self.targetGroups(in: members["defaultAction"]) + Self.targetGroups(in: members["action"])
        if !groups.isEmpty {
            values["vpc-lattice:targetgrouparns"] = groups.map {
                ARN($0) == nil ? LatticePermissions.arn("targetgroup/\($0)", in: call.scope) : $0
            }
        }
        values.addRequestTags(members["tags"])
        let removed = call.query.values("tagKeys")
        if !removed.isEmpty { values["aws:tagkeys"] = removed }
    }

    var hasRequestTags: Bool { values.keys.contains { $0.hasPrefix("aws:requesttag/") } }

    private static func targetGroups(in action: JSONValue?) -> [String] {
        guard case .array(let groups)? = action?["forward"]?["targetGroups"] else { return [] }
        return groups.compactMap { $0["targetGroupIdentifier"]?.text }
    }

    /// What is stored of a resource: its tags and its own keys.
    ///
    /// What is not there has none, and the operation says so.
    static func stored(of resource: String, _ call: APICall, in reader: some RecordReader) async -> [String: [String]] {
        if let keys = try? await endpointKeys(of: resource, call, in: reader) { return keys }
        guard let tagged = try? TaggedResource(resource, for: call),
            let record = try? await tagged.record(in: reader)
        else { return [:] }
        var keys = record.conditionKeys
        for (key, value) in record.tags { keys["aws:resourcetag/\(key.asciiLowercased)"] = [value] }
        return keys
    }

    /// Of the association of a VPC endpoint, which has no tags.
    private static func endpointKeys(
        of resource: String, _ call: APICall, in reader: some RecordReader
    ) async throws -> [String: [String]]? {
        let parts = ARN(resource)?.resource.split(separator: "/") ?? []
        guard parts.count == 2, parts[0] == "resourceendpointassociation" else { return nil }
        let all = try await reader.list(VpcEndpointRecord.self, under: .all(.vpcEndpoint, in: call.scope))
        guard let record = all.first(where: { $0.association.rawValue == parts[1] }) else { return nil }
        var keys = ["vpc-lattice:vpcendpointid": [record.endpoint.id.rawValue]]
        if let id = record.resourceConfiguration {
            keys["vpc-lattice:resourceconfigurationarn"] = [record.endpoint.scope.arn(id)]
        }
        return keys
    }
}

extension TaggedRecord {
    var conditionKeys: [String: [String]] { [:] }
}

extension ServiceNetworkRecord {
    var conditionKeys: [String: [String]] { ["vpc-lattice:authtype": [authType.rawValue]] }
}

extension ServiceRecord {
    var conditionKeys: [String: [String]] { ["vpc-lattice:authtype": [authType.rawValue]] }
}

extension ListenerRecord {
    var conditionKeys: [String: [String]] {
        ["vpc-lattice:protocol": [self.protocol.rawValue]].merging(defaultAction.conditionKeys(in: scope)) { $1 }
    }
}

extension RuleRecord {
    var conditionKeys: [String: [String]] { action.conditionKeys(in: scope) }
}

extension RuleAction {
    fileprivate func conditionKeys(in scope: Scope) -> [String: [String]] {
        targetGroups.isEmpty ? [:] : ["vpc-lattice:targetgrouparns": targetGroups.map { scope.arn($0.targetGroup) }]
    }
}

extension TargetGroupRecord {
    var conditionKeys: [String: [String]] {
        (config?.vpc).map { ["vpc-lattice:vpcid": [$0]] } ?? [:]
    }
}

extension VpcAssociationRecord {
    var conditionKeys: [String: [String]] {
        var keys = [
            "vpc-lattice:vpcid": [vpc],
            "vpc-lattice:servicenetworkarn": [(serviceNetworkScope ?? scope).arn(serviceNetwork)],
        ]
        if !securityGroups.isEmpty { keys["vpc-lattice:securitygroupids"] = securityGroups }
        if let privateDNS {
            keys["vpc-lattice:privatednspreference"] = [privateDNS.preference.rawValue]
            keys["vpc-lattice:privatednsspecifieddomains"] = privateDNS.specifiedDomains
        }
        return keys
    }
}

extension ServiceAssociationRecord {
    var conditionKeys: [String: [String]] {
        [
            "vpc-lattice:servicearn": [(serviceScope ?? scope).arn(service)],
            "vpc-lattice:servicenetworkarn": [(serviceNetworkScope ?? scope).arn(serviceNetwork)],
        ]
    }
}

extension ResourceAssociationRecord {
    var conditionKeys: [String: [String]] {
        [
            "vpc-lattice:resourceconfigurationarn": [
                (resourceConfigurationScope ?? scope).arn(resourceConfiguration)
            ],
            "vpc-lattice:servicenetworkarn": [(serviceNetworkScope ?? scope).arn(serviceNetwork)],
        ]
    }
}

extension ResourceGatewayRecord {
    var conditionKeys: [String: [String]] {
        var keys = ["vpc-lattice:vpcid": [vpc]]
        if !securityGroups.isEmpty { keys["vpc-lattice:securitygroupids"] = securityGroups }
        return keys
    }
}

extension ResourceConfigurationRecord {
    var conditionKeys: [String: [String]] {
        customDomainName.map { ["vpc-lattice:domainname": [$0]] } ?? [:]
    }
}

extension DomainVerificationRecord {
    var conditionKeys: [String: [String]] { ["vpc-lattice:domainname": [domainName.rawValue]] }
}
