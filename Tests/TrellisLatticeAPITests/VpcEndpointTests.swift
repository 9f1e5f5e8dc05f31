import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

@Suite struct VpcEndpointTests {
    private func endpoint(_ digit: Int, to target: VpcEndpoint.Target, owner: String = "444455556666") throws
        -> VpcEndpoint
    {
        VpcEndpoint(
            id: try #require(VpcEndpointID("vpce-0123456789abcdef\(digit)")), vpc: "vpc-01234567",
            owner: try #require(AccountID(owner)), target: target, scope: TestWorld.scope)
    }

    @Test func declaredEndpointsAreListed() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let configuration = try await world.makeConfiguration(behind: try await world.makeGateway())
        let toNetwork = try endpoint(1, to: .serviceNetwork(try #require(ServiceNetworkID(network))))
        let toResource = try endpoint(
            2, to: .resourceConfiguration(try #require(ResourceConfigurationID(configuration))))
        try await world.declare([toNetwork, toResource])

        let ofNetwork = await world.send(
            "GET", "/servicenetworkvpcendpointassociations?serviceNetworkIdentifier=\(network)")
        #expect(ofNetwork.texts("items", "vpcEndpointId") == [toNetwork.id.rawValue])
        #expect(ofNetwork.text("items[0].state") == "ACTIVE")
        #expect(ofNetwork.text("items[0].vpcEndpointOwnerId") == "444455556666")
        #expect(ofNetwork.text("items[0].serviceNetworkArn") == TestWorld.arn("servicenetwork/\(network)"))

        let path = "/resourceendpointassociations?resourceConfigurationIdentifier=\(configuration)"
        let ofResource = await world.send("GET", path)
        #expect(ofResource.texts("items", "vpcEndpointId") == [toResource.id.rawValue])
        let association = ofResource.text("items[0].id")
        #expect(ofResource.text("items[0].arn") == TestWorld.arn("resourceendpointassociation/\(association)"))
        for (filter, count) in [
            ("vpcEndpointId=\(toResource.id)", 1), ("vpcEndpointId=\(toNetwork.id)", 0),
            ("vpcEndpointOwner=444455556666", 1), ("vpcEndpointOwner=111122223333", 0),
            ("resourceEndpointAssociationIdentifier=\(association)", 1),
            ("resourceEndpointAssociationIdentifier=rea-00000000000000000", 0),
        ] {
            #expect(await world.send("GET", "\(path)&\(filter)").elements("items").count == count, "\(filter)")
        }
    }

    @Test func deletedAssociationStaysDeletedWhileItsEndpointIsDeclared() async throws {
        let world = try TestWorld()
        let configuration = try await world.makeConfiguration(behind: try await world.makeGateway())
        let target = VpcEndpoint.Target.resourceConfiguration(try #require(ResourceConfigurationID(configuration)))
        let one = try endpoint(1, to: target)
        let two = try endpoint(2, to: target)
        try await world.declare([one, two])
        let list = "/resourceendpointassociations?resourceConfigurationIdentifier=\(configuration)"
        let ids = await world.send("GET", list).texts("items", "id")
        try #require(ids.count == 2)
        // A configuration with endpoints stays.
        let refused = await world.send("DELETE", "/resourceconfigurations/\(configuration)")
        #expect(refused.status == 409)
        let deleted = await world.send("DELETE", "/resourceendpointassociations/\(ids[0])")
        #expect(deleted.status == 200)
        #expect(deleted.text("resourceConfigurationId") == configuration)
        #expect(await world.send("DELETE", "/resourceendpointassociations/\(ids[0])").status == 404)
        // Another start with the same declarations changes nothing.
        try await world.declare([one, two])
        #expect(await world.send("GET", list).texts("items", "id") == [ids[1]])
        // Taken out and declared again it is a new endpoint.
        try await world.declare([two])
        try await world.declare([two, one])
        #expect(await world.send("GET", list).elements("items").count == 2)
        try await world.declare([])
        #expect(await world.send("GET", list).elements("items").isEmpty)
        #expect(await world.send("DELETE", "/resourceconfigurations/\(configuration)").status == 204)
    }

    @Test func endpointWithoutTargetIsNotShown() async throws {
        let world = try TestWorld()
        let network = try #require(ServiceNetworkID("sn-0123456789abcdef0"))
        let configuration = try #require(ResourceConfigurationID("rcfg-0123456789abcdef0"))
        try await world.declare([
            try endpoint(1, to: .serviceNetwork(network)), try endpoint(2, to: .resourceConfiguration(configuration)),
        ])
        let lists = [
            "/servicenetworkvpcendpointassociations?serviceNetworkIdentifier=\(network)",
            "/resourceendpointassociations?resourceConfigurationIdentifier=\(configuration)",
        ]
        for list in lists { #expect(await world.send("GET", list)["items"] == .array([])) }
    }
}
