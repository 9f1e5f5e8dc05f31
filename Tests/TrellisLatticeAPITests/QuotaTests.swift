import Foundation
import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct QuotaTests {
    private func world(_ quota: LatticeQuota, _ limit: Int) throws -> TestWorld {
        var quotas = LatticeQuotas()
        quotas[quota] = limit
        return try TestWorld(quotas: quotas)
    }

    private func expectExceeded(_ reply: Reply, _ quota: LatticeQuota, _ type: String) {
        #expect(reply.status == 402)
        #expect(reply.errorType == "ServiceQuotaExceededException")
        #expect(reply.text("quotaCode") == quota.code)
        #expect(reply.text("serviceCode") == "vpc-lattice")
        #expect(reply.text("resourceType") == type)
        #expect(reply.text("message").contains(quota.title))
    }

    @Test(arguments: [
        (LatticeQuota.servicesPerRegion, "L-620C821E", 2000), (.serviceNetworksPerRegion, "L-9CAD07FB", 50),
        (.listenersPerService, "L-D64E952E", 2), (.rulesPerListener, "L-CF78395E", 10),
        (.targetGroupsPerRegion, "L-BB11C6B9", 500), (.targetGroupsPerService, "L-3DEC3B9F", 10),
        (.targetsPerTargetGroup, "L-D71303F3", 1000), (.serviceAssociationsPerServiceNetwork, "L-75D4A19E", 500),
        (.vpcAssociationsPerServiceNetwork, "L-EF6E2D62", 500), (.resourceConfigurationsPerRegion, "L-5FF8F9B9", 2000),
        (.resourceConfigurationsPerServiceNetwork, "L-6095700C", 500),
        (.childResourceConfigurationsPerGroup, "L-9BC96FEF", 60), (.resourceGatewaysPerVpc, "L-0DCA4434", 500),
        (.domainVerificationsPerRegion, "L-73D0F278", 5),
    ])
    func defaultsAreThePublishedOnes(_ quota: LatticeQuota, _ code: String, _ limit: Int) {
        #expect(quota.code == code)
        #expect(LatticeQuotas()[quota] == limit)
    }

    @Test func pageListsEveryQuota() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let page = try String(contentsOf: root.appendingPathComponent("docs/vpc-lattice-api.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("L-") }
        #expect(rows.count == LatticeQuota.allCases.count)
        for quota in LatticeQuota.allCases {
            #expect(
                rows.contains {
                    $0.hasPrefix("| `\(quota.rawValue)`") && $0.hasSuffix("| \(quota.defaultLimit) | \(quota.code) |")
                }, "\(quota.rawValue)")
        }
    }

    @Test(arguments: [
        (LatticeQuota.servicesPerRegion, "/services", "", "SERVICE"),
        (.serviceNetworksPerRegion, "/servicenetworks", "", "SERVICE_NETWORK"),
        (.targetGroupsPerRegion, "/targetgroups", #","type":"LAMBDA""#, "TARGET_GROUP"),
    ])
    func regionHoldsSoMany(_ quota: LatticeQuota, _ path: String, _ extra: String, _ type: String) async throws {
        let world = try world(quota, 2)
        var ids: [String] = []
        for name in ["one", "two"] { ids.append(await world.send("POST", path, #"{"name":"\#(name)"\#(extra)}"#).id) }
        expectExceeded(await world.send("POST", path, #"{"name":"three"\#(extra)}"#), quota, type)
        // Another Region has its own.
        let region = try #require(TrellisAccount.otherRegion)
        #expect(await world.send("POST", path, #"{"name":"three"\#(extra)}"#, region: region).status == 201)
        try await world.settle()
        #expect(await world.send("DELETE", "\(path)/\(ids[0])").status < 300)
        try await world.settle()
        #expect(await world.send("POST", path, #"{"name":"three"\#(extra)}"#).status == 201)
    }

    @Test func listenersOfAService() async throws {
        let world = try world(.listenersPerService, 1)
        let service = try await world.makeService()
        _ = try await world.makeListener(of: service)
        let reply = await world.send(
            "POST", "/services/\(service)/listeners",
            #"{"name":"new","protocol":"HTTP","port":81,"defaultAction":\#(TestWorld.notFoundAction)}"#)
        expectExceeded(reply, .listenersPerService, "LISTENER")
        _ = try await world.makeListener(of: try await world.makeService("other"))
    }

    @Test func rulesOfAListenerWithoutTheDefaultRule() async throws {
        let world = try world(.rulesPerListener, 2)
        let service = try await world.makeService()
        let listener = try await world.makeListener(of: service)
        for index in 1...2 {
            _ = try await world.makeRule(of: listener, in: service, "rule\(index)", priority: index)
        }
        let reply = await world.send(
            "POST", "/services/\(service)/listeners/\(listener)/rules",
            #"{"name":"new","priority":9,"match":\#(TestWorld.getMatch),"action":\#(TestWorld.notFoundAction)}"#)
        expectExceeded(reply, .rulesPerListener, "RULE")
    }

    @Test func targetGroupsOfAServiceOverAllItsRules() async throws {
        let world = try world(.targetGroupsPerService, 2)
        let service = try await world.makeService()
        var groups: [String] = []
        for name in ["one", "two", "three"] { groups.append(try await world.makeTargetGroup(name)) }
        let listener = try await world.makeListener(of: service, action: TestWorld.forward(groups[0]))
        let rule = try await world.makeRule(
            of: listener, in: service, action: TestWorld.forward(groups[0], groups[1]))
        let path = "/services/\(service)/listeners/\(listener)"
        let third = #"{"defaultAction":\#(TestWorld.forward(groups[2]))}"#
        // Group one stays in use by the rule, so this would be the third.
        expectExceeded(await world.send("PATCH", path, third), .targetGroupsPerService, "TARGET_GROUP")
        let both = #"{"action":\#(TestWorld.forward(groups[1]))}"#
        #expect(await world.send("PATCH", "\(path)/rules/\(rule)", both).status == 200)
        // Now the default action exchanges one for three.
        #expect(await world.send("PATCH", path, third).status == 200)
    }

    @Test func associationsOfANetwork() async throws {
        var quotas = LatticeQuotas()
        quotas[.serviceAssociationsPerServiceNetwork] = 1
        quotas[.vpcAssociationsPerServiceNetwork] = 1
        let world = try TestWorld(quotas: quotas)
        let network = try await world.makeNetwork()
        _ = try await world.associate(service: try await world.makeService("one"), with: network)
        _ = try await world.associate(vpc: "vpc-01234567", with: network)
        let two = try await world.makeService("two")
        let service = await world.send(
            "POST", "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(two)","serviceNetworkIdentifier":"\#(network)"}"#)
        expectExceeded(service, .serviceAssociationsPerServiceNetwork, "SERVICE_NETWORK_SERVICE_ASSOCIATION")
        let vpc = await world.send(
            "POST", "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"vpc-89abcdef","serviceNetworkIdentifier":"\#(network)"}"#)
        expectExceeded(vpc, .vpcAssociationsPerServiceNetwork, "SERVICE_NETWORK_VPC_ASSOCIATION")
    }

    @Test func resourceGatewaysOfAVpc() async throws {
        let world = try world(.resourceGatewaysPerVpc, 1)
        let body = { (name: String, vpc: String) in
            #"{"name":"\#(name)","vpcIdentifier":"\#(vpc)","subnetIds":["subnet-1"]}"#
        }
        let first = await world.send("POST", "/resourcegateways", body("one", "vpc-01234567"))
        #expect(await world.send("POST", "/resourcegateways", body("two", "vpc-89abcdef")).status == 201)
        expectExceeded(
            await world.send("POST", "/resourcegateways", body("three", "vpc-01234567")), .resourceGatewaysPerVpc,
            "RESOURCE_GATEWAY")
        try await world.settle()
        #expect(await world.send("DELETE", "/resourcegateways/\(first.id)").status == 200)
        try await world.settle()
        #expect(await world.send("POST", "/resourcegateways", body("three", "vpc-01234567")).status == 201)
    }

    @Test func resourceConfigurationsOfARegionAndChildrenOfAGroup() async throws {
        var quotas = LatticeQuotas()
        quotas[.resourceConfigurationsPerRegion] = 3
        quotas[.childResourceConfigurationsPerGroup] = 1
        let world = try TestWorld(quotas: quotas)
        let gateway = try await world.makeGateway()
        let group = try await world.makeConfiguration("group", type: "GROUP", behind: gateway)
        _ = try await world.makeChild("one", of: group)
        let child = await world.createConfiguration(
            "two", "CHILD", #""resourceConfigurationGroupIdentifier":"\#(group)",\#(TestWorld.ipDefinition)"#)
        expectExceeded(child, .childResourceConfigurationsPerGroup, "RESOURCE_CONFIGURATION")
        _ = try await world.makeConfiguration("three", behind: gateway)
        let single = await world.createConfiguration(
            "four", "SINGLE", #""resourceGatewayIdentifier":"\#(gateway)",\#(TestWorld.ipDefinition)"#)
        expectExceeded(single, .resourceConfigurationsPerRegion, "RESOURCE_CONFIGURATION")
    }

    @Test func resourceConfigurationsOfANetwork() async throws {
        let world = try world(.resourceConfigurationsPerServiceNetwork, 1)
        let network = try await world.makeNetwork()
        let gateway = try await world.makeGateway()
        let one = try await world.makeConfiguration("one", behind: gateway)
        let two = try await world.makeConfiguration("two", behind: gateway)
        _ = try await world.associate(configuration: one, with: network)
        expectExceeded(
            await world.createAssociation(of: two, with: network), .resourceConfigurationsPerServiceNetwork,
            "SERVICE_NETWORK_RESOURCE_ASSOCIATION")
    }

    @Test func domainVerificationsOfARegion() async throws {
        let world = try TestWorld()
        for index in 1...5 {
            let body = #"{"domainName":"d\#(index).example.com"}"#
            #expect(await world.send("POST", "/domainverifications", body).status == 201)
        }
        expectExceeded(
            await world.send("POST", "/domainverifications", #"{"domainName":"example.com"}"#),
            .domainVerificationsPerRegion, "DOMAIN_VERIFICATION")
    }

    @Test func targetsOfAGroup() async throws {
        let world = try world(.targetsPerTargetGroup, 0)
        let group = try await world.makeTargetGroup()
        let reply = await world.register(try await world.makeFunction(), with: group)
        expectExceeded(reply, .targetsPerTargetGroup, "TARGET_GROUP")
    }

    @Test func aRequestThatWouldExceedTheTargetsOfAGroupRegistersNone() async throws {
        let world = try world(.targetsPerTargetGroup, 2)
        let group = try await world.makeTargetGroup(type: "IP")
        let path = "/targetgroups/\(group)/registertargets"
        let two = #"{"targets":[{"id":"10.0.0.1"},{"id":"10.0.0.2"}]}"#
        let three = #"{"targets":[{"id":"10.0.0.1"},{"id":"10.0.0.2"},{"id":"10.0.0.2","port":81}]}"#
        expectExceeded(await world.send("POST", path, three), .targetsPerTargetGroup, "TARGET_GROUP")
        #expect(await world.send("POST", "/targetgroups/\(group)/listtargets").elements("items").isEmpty)
        #expect(await world.send("POST", path, two).elements("successful").count == 2)
        // The ones that are there need no room.
        #expect(await world.send("POST", path, two).elements("successful").count == 2)
        expectExceeded(await world.send("POST", path, three), .targetsPerTargetGroup, "TARGET_GROUP")
    }
}
