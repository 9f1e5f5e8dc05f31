import TrellisAPI
import TrellisModel
import TrellisStore

/// VPC and subnets are optional in the model only for gateways that AWS manages; here they are required.
enum CreateResourceGateway: LatticeOperation {
    static let name = "CreateResourceGateway"
    static let method = "POST"
    static let path = "/resourcegateways"

    struct Input: ClientTokenInput {
        /// What a network interface gets if nobody says.
        static let defaultIPv4AddressesPerENI = 16

        var clientToken: String?
        var name: String
        var vpc: String
        var subnets: [String]
        var securityGroups: [String]
        var ipAddressType: ResourceIPAddressType
        var ipv4AddressesPerENI: Int?
        var dnsResolution: ResourceDNSResolution
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            name = reader.requiredString("name", as: LatticeShapes.resourceGatewayName)
            vpc = reader.requiredString("vpcIdentifier", as: LatticeShapes.vpcID)
            subnets = reader.subnets()
            securityGroups = reader.securityGroups(count: LatticeShapes.gatewaySecurityGroupsOnCreate) ?? []
            ipAddressType = reader.enumeration("ipAddressType") ?? .ipv4
            let addresses = reader.integer("ipv4AddressesPerEni", in: LatticeShapes.ipv4AddressesPerENI)
            ipv4AddressesPerENI = ipAddressType == .ipv6 ? nil : addresses ?? Self.defaultIPv4AddressesPerENI
            if ipAddressType == .ipv6, addresses != nil {
                reader.report("ipv4AddressesPerEni", "A gateway of ipAddressType IPV6 has no IPv4 addresses")
            }
            dnsResolution = reader.enumeration("resourceConfigDnsResolution") ?? .public
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        return try await context.create(ResourceGatewayKind.self, for: call, input, status: 201) { session in
            let keys = IndexKeys(call.scope)
            let id = ResourceGatewayID(from: context.ids)
            try await session.take(
                keys.resourceGatewayName(input.name), for: id,
                orSay: "A ResourceGateway with the name '\(input.name)' already exists")
            try await session.requireRoom(
                for: .resourceGatewaysPerVpc, under: keys.gateways(of: input.vpc), limits: context.quotas,
                resourceType: ResourceGatewayKind.resourceType)
            let now = context.clock.now()
            let gateway = ResourceGatewayRecord(
                id: id, scope: call.scope, name: input.name, vpc: input.vpc, subnets: input.subnets,
                securityGroups: input.securityGroups, ipAddressType: input.ipAddressType,
                ipv4AddressesPerENI: input.ipv4AddressesPerENI, dnsResolution: input.dnsResolution,
                status: .createInProgress, createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try session.put(IndexRecord(id), at: keys.gateway(id, of: input.vpc))
            try session.insert(gateway, at: gateway.key)
            return gateway.createdJSON
        }
    }
}

extension InputReader {
    /// Subnets in the order given; a repeated one is a problem.
    fileprivate func subnets() -> [String] {
        guard has("subnetIds") else {
            reportMissing("subnetIds")
            return []
        }
        let subnets = strings("subnetIds", count: LatticeShapes.subnets, as: LatticeShapes.subnetID) ?? []
        var seen: Set<String> = []
        for (index, subnet) in subnets.enumerated() where !seen.insert(subnet).inserted {
            report("subnetIds[\(index)]", value: subnet, "Member must not be repeated")
        }
        return subnets
    }
}
