import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct ResourceGatewayTests {
    private static let required = #""name":"new","vpcIdentifier":"vpc-01234567","subnetIds":["subnet-1","subnet-2"]"#

    @Test func createdGatewayIsReadBackWithItsDefaults() async throws {
        let world = try TestWorld()
        let created = await world.send("POST", "/resourcegateways", "{\(Self.required)}")
        #expect(created.status == 201)
        #expect(created.text("status") == "CREATE_IN_PROGRESS")
        #expect(created.text("vpcIdentifier") == "vpc-01234567")
        #expect(created.text("arn") == TestWorld.arn("resourcegateway/\(created.id)"))
        try await world.settle()
        let read = await world.send("GET", "/resourcegateways/\(created.id)")
        #expect(read.text("status") == "ACTIVE")
        #expect(read.text("vpcId") == "vpc-01234567")
        #expect(read["vpcIdentifier"] == nil)
        #expect(read["subnetIds"] == .array(["subnet-1", "subnet-2"]))
        #expect(read["securityGroupIds"] == .array([]))
        #expect(read.text("ipAddressType") == "IPV4")
        #expect(read["ipv4AddressesPerEni"] == 16)
        #expect(read.text("resourceConfigDnsResolution") == "PUBLIC")
        let listed = await world.send("GET", "/resourcegateways")
        #expect(listed.text("items[0].vpcIdentifier") == "vpc-01234567")
    }

    @Test func gatewayWithoutIPv4HasNoCountOfIPv4Addresses() async throws {
        let world = try TestWorld()
        let id = try await world.makeGateway(extra: #","ipAddressType":"IPV6","resourceConfigDnsResolution":"IN_VPC""#)
        let read = await world.send("GET", "/resourcegateways/\(id)")
        #expect(read["ipv4AddressesPerEni"] == nil)
        #expect(read.text("resourceConfigDnsResolution") == "IN_VPC")
    }

    @Test func updateReplacesTheSecurityGroupsOfAnActiveGateway() async throws {
        let world = try TestWorld()
        let created = await world.send("POST", "/resourcegateways", "{\(Self.required)}")
        let path = "/resourcegateways/\(created.id)"
        let groups = #"{"securityGroupIds":["sg-01234567"]}"#
        #expect(await world.send("PATCH", path, groups).status == 409)
        try await world.settle()
        let updated = await world.send("PATCH", path, groups)
        #expect(updated.text("status") == "UPDATE_IN_PROGRESS")
        #expect(await world.send("DELETE", path).status == 409)
        try await world.settle()
        let unchanged = await world.send("PATCH", path, "{}")
        #expect(unchanged.text("status") == "ACTIVE")
        #expect(unchanged["securityGroupIds"] == .array(["sg-01234567"]))
        #expect(await world.send("PATCH", path, #"{"securityGroupIds":[]}"#)["securityGroupIds"] == .array([]))
    }

    @Test func gatewayWithConfigurationsStays() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let configuration = try await world.makeConfiguration(behind: gateway)
        let refused = await world.send("DELETE", "/resourcegateways/\(gateway)")
        #expect(refused.status == 409)
        #expect(refused.text("resourceType") == "RESOURCE_GATEWAY")
        #expect(await world.send("DELETE", "/resourceconfigurations/\(configuration)").status == 204)
        // Until it is gone.
        #expect(await world.send("DELETE", "/resourcegateways/\(gateway)").status == 409)
        try await world.settle()
        let deleted = await world.send("DELETE", "/resourcegateways/\(gateway)")
        #expect(deleted.text("status") == "DELETE_IN_PROGRESS")
        #expect(await world.send("DELETE", "/resourcegateways/\(gateway)").json == deleted.json)
        let late = await world.createConfiguration(
            "late", "SINGLE", #""resourceGatewayIdentifier":"\#(gateway)",\#(TestWorld.ipDefinition)"#)
        #expect(late.status == 409)
        try await world.settle()
        #expect(await world.send("GET", "/resourcegateways/\(gateway)").status == 404)
        #expect(try await world.keys() == [])
    }

    @Test func nameIsUniqueAndATokenRepeats() async throws {
        let world = try TestWorld()
        let body = #"{\#(Self.required),"clientToken":"token"}"#
        let first = await world.send("POST", "/resourcegateways", body)
        #expect(await world.send("POST", "/resourcegateways", body).json == first.json)
        let other = await world.send("POST", "/resourcegateways", "{\(Self.required)}")
        #expect(other.status == 409)
        #expect(other.text("resourceId") == first.id)
    }
}
