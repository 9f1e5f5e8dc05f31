import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

/// Shorthands that make resource gateways and what goes through them.
extension TestWorld {
    static let ipDefinition = #""resourceConfigurationDefinition":{"ipResource":{"ipAddress":"10.0.14.85"}}"#

    /// An active gateway.
    func makeGateway(_ name: String = "gateway", extra: String = "") async throws -> String {
        let reply = await send(
            "POST", "/resourcegateways",
            #"{"name":"\#(name)","vpcIdentifier":"vpc-01234567","subnetIds":["subnet-01234567"]\#(extra)}"#)
        try #require(reply.status == 201, "\(String(describing: reply.json))")
        try await settle()
        return reply.id
    }

    func createConfiguration(_ name: String, _ type: String, _ members: String) async -> Reply {
        await send("POST", "/resourceconfigurations", #"{"name":"\#(name)","type":"\#(type)",\#(members)}"#)
    }

    /// An active configuration.
    func makeConfiguration(
        _ name: String = "configuration", type: String = "SINGLE", behind gateway: String, extra: String = ""
    ) async throws -> String {
        let definition = type == "GROUP" ? "" : "," + Self.ipDefinition
        let reply = await createConfiguration(
            name, type, #""resourceGatewayIdentifier":"\#(gateway)"\#(definition)\#(extra)"#)
        try #require(reply.status == 201, "\(String(describing: reply.json))")
        try await settle()
        return reply.id
    }

    /// An active child.
    func makeChild(_ name: String = "child", of group: String, extra: String = "") async throws -> String {
        let reply = await createConfiguration(
            name, "CHILD", #""resourceConfigurationGroupIdentifier":"\#(group)",\#(Self.ipDefinition)\#(extra)"#)
        try #require(reply.status == 201, "\(String(describing: reply.json))")
        try await settle()
        return reply.id
    }

    func createAssociation(of configuration: String, with network: String, extra: String = "") async -> Reply {
        await send(
            "POST", "/servicenetworkresourceassociations",
            #"{"resourceConfigurationIdentifier":"\#(configuration)","serviceNetworkIdentifier":"\#(network)"\#(extra)}"#
        )
    }

    /// An active association.
    func associate(configuration: String, with network: String, extra: String = "") async throws -> String {
        let reply = await createAssociation(of: configuration, with: network, extra: extra)
        try #require(reply.status == 201, "\(String(describing: reply.json))")
        try await settle()
        return reply.id
    }

    /// One of everything, by its name in a ``ServedExample``.
    func makeVpcResources() async throws -> [String: String] {
        let network = try await makeNetwork("resources")
        let gateway = try await makeGateway()
        let spare = try await makeGateway("spare")
        let domain = await send("POST", "/domainverifications", #"{"domainName":"example.com"}"#).id
        let covered = #","domainVerificationIdentifier":"\#(domain)""#
        let configuration = try await makeConfiguration(
            behind: gateway, extra: #","customDomainName":"a.example.com""# + covered)
        let resourceGroup = try await makeConfiguration(
            "group", type: "GROUP", behind: gateway, extra: #","groupDomain":"b.example.com""# + covered)
        let child = try await makeChild(of: resourceGroup, extra: #","customDomainName":"c.b.example.com""#)
        let association = try await associate(
            configuration: configuration, with: network, extra: #","privateDnsEnabled":true"#)
        try await declareEndpoints(to: resourceGroup, and: network)
        let endpoints = await send(
            "GET", "/resourceendpointassociations?resourceConfigurationIdentifier=\(resourceGroup)")
        return [
            "{resourceNetwork}": network, "{gateway}": gateway, "{spareGateway}": spare,
            "{configuration}": configuration, "{resourceGroup}": resourceGroup, "{child}": child,
            "{resourceAssociation}": association, "{verification}": domain,
            "{endpointAssociation}": endpoints.text("items[0].id"),
        ]
    }

    private func declareEndpoints(to configuration: String, and network: String) async throws {
        let configurationID = try #require(ResourceConfigurationID(configuration))
        let networkID = try #require(ServiceNetworkID(network))
        let targets: [VpcEndpoint.Target] = [.resourceConfiguration(configurationID), .serviceNetwork(networkID)]
        try await declare(
            try targets.enumerated().map { index, target in
                VpcEndpoint(
                    id: try #require(VpcEndpointID("vpce-0123456789abcdef\(index)")), vpc: "vpc-01234567",
                    owner: Self.account, target: target, scope: Self.scope)
            })
    }

    func declare(_ endpoints: [VpcEndpoint]) async throws {
        try await VpcEndpointDeclarations.replace(
            with: endpoints, in: store, clock: clock, random: SeededRandom(seed: 7))
    }
}
