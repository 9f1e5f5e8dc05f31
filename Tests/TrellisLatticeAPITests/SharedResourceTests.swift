import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

/// A resource configuration of one account in the service networks of another.
@Suite struct SharedResourceTests {
    private let world: TestWorld
    private let configuration: String
    private let network: String

    init() async throws {
        world = try TestWorld()
        let gateway = try await world.makeGateway()
        configuration = try await world.makeConfiguration(behind: gateway)
        network = await world.send(
            "POST", "/servicenetworks", #"{"name":"consumers"}"#, account: SharingTests.consumer
        ).id
    }

    private var arn: String { TestWorld.arn("resourceconfiguration/\(configuration)") }

    private func ask(_ method: String, _ target: String, _ body: String = "") async -> Reply {
        await world.send(method, target, body, account: SharingTests.consumer)
    }

    private func associate(_ configuration: String, with network: String) async -> Reply {
        await ask(
            "POST", "/servicenetworkresourceassociations",
            #"{"resourceConfigurationIdentifier":"\#(configuration)","serviceNetworkIdentifier":"\#(network)"}"#)
    }

    @Test func nothingIsSharedWithoutAPolicy() async throws {
        #expect(await ask("GET", "/resourceconfigurations/\(TestWorld.encoded(arn))").status == 403)
        #expect(await ask("GET", "/resourceconfigurations").elements("items").isEmpty)
        #expect(await associate(arn, with: network).status == 403)
        #expect(await associate(configuration, with: network).status == 404)
    }

    @Test func sharedConfigurationIsReadAndListed() async throws {
        try await world.share(arn, with: SharingTests.consumer)
        #expect(await ask("GET", "/resourceconfigurations/\(TestWorld.encoded(arn))").text("arn") == arn)
        #expect(await ask("GET", "/resourceconfigurations").texts("items", "arn") == [arn])
        let gateway = "rgw-0123456789abcdef0"
        let ofGateway = await ask("GET", "/resourceconfigurations?resourceGatewayIdentifier=\(gateway)")
        #expect(ofGateway.elements("items").isEmpty)
        for (method, body) in [("PATCH", #"{"portRanges":["80"]}"#), ("DELETE", "")] {
            #expect(await ask(method, "/resourceconfigurations/\(TestWorld.encoded(arn))", body).status == 403)
        }
    }

    @Test(arguments: [true, false])
    func eitherAccountSeesAndDeletesAnAssociation(ownerDeletes: Bool) async throws {
        try await world.share(arn, with: SharingTests.consumer)
        let before = try await Set(world.keys())
        let created = await associate(arn, with: network)
        #expect(created.status == 201)
        #expect(created.text("createdBy") == SharingTests.consumer.rawValue)
        #expect(await associate(arn, with: network).status == 409)
        try await world.settle()
        let path = "/servicenetworkresourceassociations/\(created.id)"
        let networkARN = "arn:aws:vpc-lattice:us-west-2:\(SharingTests.consumer):servicenetwork/\(network)"
        for (reply, account) in [
            (await ask("GET", path), SharingTests.consumer), (await world.send("GET", path), TestWorld.account),
        ] {
            #expect(reply.text("arn").contains(":\(account):"))
            #expect(reply.text("status") == "ACTIVE")
            #expect(reply.text("resourceConfigurationArn") == arn)
            #expect(reply.text("serviceNetworkArn") == networkARN)
        }
        let list = "/servicenetworkresourceassociations?"
        let byARN = await ask("GET", list + "resourceConfigurationIdentifier=\(TestWorld.encoded(arn))")
        #expect(byARN.texts("items", "id") == [created.id])
        let ofOwner = await world.send("GET", list + "serviceNetworkIdentifier=\(TestWorld.encoded(networkARN))")
        #expect(ofOwner.texts("items", "id") == [created.id])
        // Both keep each other, as within one account.
        #expect(await world.send("DELETE", "/resourceconfigurations/\(configuration)").status == 409)
        #expect(await ask("DELETE", "/servicenetworks/\(network)").status == 409)
        let deleted = ownerDeletes ? await world.send("DELETE", path) : await ask("DELETE", path)
        #expect(deleted.text("status") == "DELETE_IN_PROGRESS")
        #expect(await ask("GET", path).text("status") == "DELETE_IN_PROGRESS")
        try await world.settle()
        #expect(try await Set(world.keys()) == before)
    }

    @Test func aConfigurationMayKeepOutOfShareableNetworks() async throws {
        try await world.share(arn, with: SharingTests.consumer)
        let forbid = #"{"allowAssociationToShareableServiceNetwork":false}"#
        let path = "/resourceconfigurations/\(configuration)"
        #expect(await world.send("PATCH", path, forbid).status == 200)
        try await world.settle()
        #expect(await associate(arn, with: network).fields == ["serviceNetworkIdentifier"])
        #expect(
            await world.send("PATCH", path, #"{"allowAssociationToShareableServiceNetwork":true}"#).status == 200)
        try await world.settle()
        #expect(await associate(arn, with: network).status == 201)
        try await world.settle()
        // The network is of the other account, and looked at there.
        #expect(await world.send("PATCH", path, forbid).fields == ["allowAssociationToShareableServiceNetwork"])
    }

    @Test func twoSharedResourcesCannotBeAssociated() async throws {
        try await world.share(arn, with: SharingTests.consumer)
        let own = TestWorld.arn("servicenetwork/\(try await world.makeNetwork())")
        try await world.share(own, with: SharingTests.consumer)
        #expect(await associate(arn, with: own).fields == ["resourceConfigurationIdentifier"])
    }
}
