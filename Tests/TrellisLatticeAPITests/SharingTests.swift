import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

/// Two accounts of one Region: the owner of what is shared, and a consumer.
@Suite struct SharingTests {
    static let consumer = TrellisAccount.other.unsafelyRequired
    static let allActions = [
        "GetServiceNetwork", "GetService", "CreateServiceNetworkServiceAssociation",
        "CreateServiceNetworkVpcAssociation",
    ]

    let world: TestWorld
    let network: String
    let service: String

    init() async throws {
        world = try TestWorld()
        network = try await world.makeNetwork("owners")
        service = try await world.makeService("owners")
        try await world.settle()
    }

    var networkARN: String { TestWorld.arn("servicenetwork/\(network)") }
    var serviceARN: String { TestWorld.arn("service/\(service)") }

    /// The consumer's request.
    func ask(_ method: String, _ target: String, _ body: String = "") async -> Reply {
        await world.send(method, target, body, account: Self.consumer)
    }

    func share(
        _ arn: String, principal: String = #"{"AWS":"\#(consumer)"}"#, actions: [String] = allActions
    ) async throws {
        let names = actions.map { "\"vpc-lattice:\($0)\"" }.joined(separator: ",")
        let policy =
            #"{"Statement":{"Effect":"Allow","Principal":\#(principal),"Action":[\#(names)],"Resource":"\#(arn)"}}"#
        let reply = await world.send(
            "PUT", "/resourcepolicy/\(TestWorld.encoded(arn))", PolicyOperationTests.body(policy))
        try #require(reply.status == 200, "\(String(describing: reply.json))")
    }

    func associateService(_ service: String, with network: String) async -> Reply {
        await ask(
            "POST", "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#)
    }

    func associateVPC(with network: String) async -> Reply {
        await ask(
            "POST", "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"\#(network)"}"#)
    }

    @Test func nothingIsSharedWithoutAPolicy() async throws {
        let own = await ask("POST", "/services", #"{"name":"consumers"}"#).id
        for reply in [
            await ask("GET", "/servicenetworks/\(TestWorld.encoded(networkARN))"),
            await ask("GET", "/services/\(TestWorld.encoded(serviceARN))"),
            await associateService(own, with: networkARN), await associateVPC(with: networkARN),
        ] {
            #expect(reply.status == 403)
            #expect(reply.errorType == "AccessDeniedException")
            #expect(reply.text("message").contains("is not authorized to perform: vpc-lattice:"))
        }
        // Without the account in an ARN, an id means one of the caller's own.
        #expect(await ask("GET", "/servicenetworks/\(network)").status == 404)
        #expect(await associateVPC(with: network).status == 404)
    }

    @Test func sharedResourcesAreReadAndListed() async throws {
        try await share(networkARN)
        try await share(serviceARN)
        let shown = await ask("GET", "/servicenetworks/\(TestWorld.encoded(networkARN))")
        #expect(shown.text("arn") == networkARN)
        #expect(await ask("GET", "/services/\(TestWorld.encoded(serviceARN))").text("arn") == serviceARN)
        #expect(await ask("GET", "/servicenetworks").texts("items", "arn") == [networkARN])
        #expect(await ask("GET", "/services").texts("items", "arn") == [serviceARN])
        // Describing is all: no change, no deletion, no look at the routing.
        for (method, path) in [
            ("PATCH", "/servicenetworks/\(TestWorld.encoded(networkARN))"),
            ("DELETE", "/servicenetworks/\(TestWorld.encoded(networkARN))"),
            ("DELETE", "/services/\(TestWorld.encoded(serviceARN))"),
            ("GET", "/services/\(TestWorld.encoded(serviceARN))/listeners"),
        ] {
            #expect(await ask(method, path, method == "PATCH" ? #"{"authType":"AWS_IAM"}"# : "").status == 403)
        }
    }

    @Test(arguments: [
        (#"{"AWS":"999999999999"}"#, 403, 0), (#""*""#, 200, 0),
        (#"{"AWS":"arn:aws:iam::444455556666:root"}"#, 200, 1), (#"{"AWS":"444455556666"}"#, 200, 1),
    ])
    func policyDecidesWithWhom(principal: String, status: Int, listed: Int) async throws {
        try await share(networkARN, principal: principal)
        #expect(await ask("GET", "/servicenetworks/\(TestWorld.encoded(networkARN))").status == status)
        #expect(await ask("GET", "/servicenetworks").elements("items").count == listed)
    }

    @Test func policyDecidesWhatFor() async throws {
        try await share(networkARN, actions: ["GetServiceNetwork"])
        let own = await ask("POST", "/services", #"{"name":"consumers"}"#).id
        #expect(await ask("GET", "/servicenetworks/\(TestWorld.encoded(networkARN))").status == 200)
        #expect(await associateService(own, with: networkARN).status == 403)
        #expect(await associateVPC(with: networkARN).status == 403)
        // A policy of one resource does not share another.

        #expect(await ask("GET", "/services/\(TestWorld.encoded(serviceARN))").status == 403)
    }

    @Test func aNetworkThatIsNotToBeSharedIsNot() async throws {
        let created = await world.send(
            "POST", "/servicenetworks", #"{"name":"private","sharingConfig":{"enabled":false}}"#)
        try await share(created.text("arn"))
        #expect(await ask("GET", "/servicenetworks/\(TestWorld.encoded(created.text("arn")))").status == 403)
        #expect(await ask("GET", "/servicenetworks").elements("items") == [])
    }

    @Test func endOfSharingKeepsAssociationsAndBlocksNewOnes() async throws {
        try await share(networkARN)
        let own = await ask("POST", "/services", #"{"name":"consumers"}"#).id
        let association = await associateService(own, with: networkARN)
        #expect(association.status == 200)
        try await world.settle()
        #expect(await world.send("DELETE", "/resourcepolicy/\(TestWorld.encoded(networkARN))").status == 204)
        #expect(await ask("GET", "/servicenetworks").elements("items") == [])
        let read = await ask("GET", "/servicenetworkserviceassociations/\(association.id)")
        #expect(read.text("status") == "ACTIVE")
        #expect(read.text("serviceNetworkArn") == networkARN)
        let listed = await ask(
            "GET", "/servicenetworkserviceassociations?serviceNetworkIdentifier=\(TestWorld.encoded(networkARN))")
        #expect(listed.texts("items", "id") == [association.id])
        let other = await ask("POST", "/services", #"{"name":"another"}"#).id
        #expect(await associateService(other, with: networkARN).status == 403)
    }

    @Test(arguments: [true, false])
    func eitherAccountSeesAndDeletesAServiceAssociation(ownerDeletes: Bool) async throws {
        try await share(networkARN)
        let own = await ask("POST", "/services", #"{"name":"consumers","customDomainName":"a.example"}"#)
        let association = await associateService(own.id, with: networkARN)
        #expect(association.status == 200)
        #expect(association.text("createdBy") == Self.consumer.rawValue)
        #expect(association.text("arn").contains(":\(Self.consumer):"))
        // The same pair again, from either side.
        #expect(await associateService(own.id, with: networkARN).status == 409)
        try await world.settle()

        let seen = await world.send("GET", "/servicenetworkserviceassociations/\(association.id)")
        #expect(seen.text("status") == "ACTIVE")
        #expect(seen.text("arn") == TestWorld.arn("servicenetworkserviceassociation/\(association.id)"))
        #expect(seen.text("createdBy") == Self.consumer.rawValue)
        #expect(seen.text("serviceArn") == own.text("arn"))
        #expect(seen.text("serviceName") == "consumers")
        #expect(await world.send("GET", "/servicenetworks/\(network)")["numberOfAssociatedServices"] == 1)
        // Neither end can go while the association is there.
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 409)
        #expect(await ask("DELETE", "/services/\(own.id)").status == 409)

        let path = "/servicenetworkserviceassociations/\(association.id)"
        let deleted = ownerDeletes ? await world.send("DELETE", path) : await ask("DELETE", path)
        #expect(deleted.text("status") == "DELETE_IN_PROGRESS")
        #expect(await world.send("GET", path).text("status") == "DELETE_IN_PROGRESS")
        #expect(await ask("GET", path).text("status") == "DELETE_IN_PROGRESS")
        try await world.settle()
        #expect(await world.send("GET", path).status == 404)
        #expect(await ask("GET", path).status == 404)
        try await nothingIsLeft(consumerService: own.id)
    }

    @Test(arguments: [true, false])
    func eitherAccountSeesAndDeletesAVPCAssociation(ownerDeletes: Bool) async throws {
        try await share(networkARN)
        let association = await associateVPC(with: networkARN)
        #expect(association.status == 200)
        try await world.settle()
        let path = "/servicenetworkvpcassociations/\(association.id)"
        let seen = await world.send("GET", path)
        #expect(seen.text("status") == "ACTIVE")
        #expect(seen.text("createdBy") == Self.consumer.rawValue)
        #expect(await ask("GET", path).text("serviceNetworkArn") == networkARN)
        #expect(await world.send("GET", "/servicenetworks/\(network)")["numberOfAssociatedVPCs"] == 1)
        // Only who has made it may change it.
        let groups = #"{"securityGroupIds":["sg-01234567"]}"#
        #expect(await world.send("PATCH", path, groups).status == 403)
        #expect(await ask("PATCH", path, groups).status == 200)
        try await world.settle()
        #expect(await world.send("GET", path)["securityGroupIds"] == .array(["sg-01234567"]))

        let deleted = ownerDeletes ? await world.send("DELETE", path) : await ask("DELETE", path)
        #expect(deleted.text("status") == "DELETE_IN_PROGRESS")
        try await world.settle()
        #expect(await world.send("GET", path).status == 404)
        #expect(await ask("GET", path).status == 404)
        try await nothingIsLeft(consumerService: nil)
    }

    @Test func twoSharedResourcesAreNotAssociated() async throws {
        try await share(networkARN)
        try await share(serviceARN)
        let reply = await associateService(serviceARN, with: networkARN)
        #expect(reply.status == 400)
        #expect(reply.errorType == "ValidationException")
    }

    @Test func aSharedServiceJoinsTheConsumersNetwork() async throws {
        try await share(serviceARN)
        let own = await ask("POST", "/servicenetworks", #"{"name":"consumers"}"#)
        let association = await associateService(serviceARN, with: own.id)
        #expect(association.status == 200)
        try await world.settle()
        let seen = await world.send("GET", "/servicenetworkserviceassociations?serviceIdentifier=\(service)")
        #expect(seen.texts("items", "serviceNetworkArn") == [own.text("arn")])
        #expect(await world.send("DELETE", "/services/\(service)").status == 409)
    }

    @Test func otherRegionsShareNothing() async throws {
        try await share(networkARN)
        let region = try #require(TrellisAccount.otherRegion)
        let reply = await world.send(
            "GET", "/servicenetworks/\(TestWorld.encoded(networkARN))", account: Self.consumer, region: region)
        #expect(reply.status == 403)
        let listed = await world.send("GET", "/servicenetworks", account: Self.consumer, region: region)
        #expect(listed.elements("items") == [])
    }

    private func nothingIsLeft(consumerService: String?) async throws {
        if let consumerService { #expect(await ask("DELETE", "/services/\(consumerService)").status == 200) }
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
        #expect(await world.send("DELETE", "/services/\(service)").status == 200)
        try await world.settle()
        #expect(try await world.keys() == [])
    }
}
