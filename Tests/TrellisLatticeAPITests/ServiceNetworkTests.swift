import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct ServiceNetworkTests {
    @Test func createdNetworkIsReadBack() async throws {
        let world = try TestWorld()
        let created = await world.send(
            "POST", "/servicenetworks", #"{"name":"my-network","sharingConfig":{"enabled":false},"tags":{"a":"b"}}"#)
        #expect(created.status == 201)
        #expect(created.members == ["id", "name", "arn", "sharingConfig", "authType"])
        #expect(created.id.hasPrefix("sn-0"))
        #expect(created.text("arn") == TestWorld.arn("servicenetwork/\(created.id)"))

        let read = await world.send("GET", "/servicenetworks/\(created.id)")
        #expect(read.status == 200)
        #expect(
            read.json
                == .object([
                    "id": .string(created.id), "name": "my-network", "arn": .string(created.text("arn")),
                    "authType": "NONE", "sharingConfig": .object(["enabled": false]), "numberOfAssociatedVPCs": 0,
                    "numberOfAssociatedServices": 0, "createdAt": "2023-11-14T22:13:20.000Z",
                    "lastUpdatedAt": "2023-11-14T22:13:20.000Z",
                ]))
    }

    @Test func sharingIsEnabledByDefault() async throws {
        let world = try TestWorld()
        for body in [#"{"name":"one"}"#, #"{"name":"two","sharingConfig":{}}"#] {
            #expect(await world.send("POST", "/servicenetworks", body)["sharingConfig.enabled"] == true)
        }
    }

    @Test func countsIncludeAssociationsInProgress() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        for name in ["one", "two"] {
            _ = try await world.associate(service: try await world.makeService(name), with: network)
        }
        _ = await world.send(
            "POST", "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"\#(network)"}"#)
        let read = await world.send("GET", "/servicenetworks/\(network)")
        #expect(read["numberOfAssociatedServices"] == 2)
        #expect(read["numberOfAssociatedVPCs"] == 1)
        let listed = await world.send("GET", "/servicenetworks")
        #expect(listed["items[0].numberOfAssociatedServices"] == 2)
        #expect(listed["items[0].numberOfAssociatedVPCs"] == 1)
        #expect(listed["items[0].numberOfAssociatedResourceConfigurations"] == 0)
    }

    @Test func nameIsTakenUntilTheNetworkIsDeleted() async throws {
        let world = try TestWorld()
        let first = try await world.makeNetwork("same")
        let second = await world.send("POST", "/servicenetworks", #"{"name":"same"}"#)
        #expect(second.status == 409)
        #expect(second.errorType == "ConflictException")
        #expect(second.text("resourceId") == first)
        #expect(second.text("resourceType") == "SERVICE_NETWORK")

        #expect(await world.send("DELETE", "/servicenetworks/\(first)").status == 204)
        #expect(await world.send("GET", "/servicenetworks/\(first)").status == 404)
        #expect(try await world.keys() == [])
        #expect(await world.send("POST", "/servicenetworks", #"{"name":"same"}"#).status == 201)
    }

    @Test func authTypeDecidesWhetherAPolicyIsActive() async throws {
        let world = try TestWorld()
        let created = await world.send("POST", "/servicenetworks", #"{"name":"new","authType":"AWS_IAM"}"#)
        #expect(created.status == 201)
        #expect(created.text("authType") == "AWS_IAM")
        let body = PolicyOperationTests.body(PolicyOperationTests.authPolicy)
        #expect(await world.send("PUT", "/authpolicy/\(created.id)", body).text("state") == "Active")
        let updated = await world.send("PATCH", "/servicenetworks/\(created.id)", #"{"authType":"NONE"}"#)
        #expect(updated.text("authType") == "NONE")
        let read = await world.send("GET", "/authpolicy/\(created.id)")
        #expect(read.text("state") == "Inactive")
        #expect(read.text("policy") == PolicyOperationTests.authPolicy)
    }

    @Test func updateMovesLastUpdatedAt() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        world.clock.advance(by: .milliseconds(1234))
        let updated = await world.send("PATCH", "/servicenetworks/\(network)", #"{"authType":"NONE"}"#)
        #expect(updated.status == 200)
        #expect(updated.members == ["id", "name", "arn", "authType"])
        let read = await world.send("GET", "/servicenetworks/\(network)")
        #expect(read.text("lastUpdatedAt") == "2023-11-14T22:13:21.234Z")
        #expect(read.text("createdAt") == "2023-11-14T22:13:20.000Z")
    }

    @Test func deletionWaitsForTheLastAssociation() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let vpc = try await world.associate(vpc: "vpc-01234567", with: network)
        let service = try await world.associate(service: try await world.makeService(), with: network)

        let withBoth = await world.send("DELETE", "/servicenetworks/\(network)")
        #expect(withBoth.status == 409)
        #expect(withBoth.text("message") == "ServiceNetwork \(network) has VPC(s) associated")
        #expect(withBoth.text("resourceId") == network)

        #expect(await world.send("DELETE", "/servicenetworkvpcassociations/\(vpc)").status == 200)
        // DELETE_IN_PROGRESS still counts.
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 409)
        try await world.settle()
        let withService = await world.send("DELETE", "/servicenetworks/\(network)")
        #expect(withService.text("message") == "ServiceNetwork \(network) has service(s) associated")

        #expect(await world.send("DELETE", "/servicenetworkserviceassociations/\(service)").status == 200)
        try await world.settle()
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 404)
    }

    @Test(arguments: [("GET", ""), ("DELETE", ""), ("PATCH", #"{"authType":"NONE"}"#)])
    func unknownNetworkIsNotFound(_ method: String, _ body: String) async throws {
        let world = try TestWorld()
        let reply = await world.send(method, "/servicenetworks/sn-0123456789abcdef0", body)
        #expect(reply.status == 404)
        #expect(reply.errorType == "ResourceNotFoundException")
        #expect(reply.text("message") == "ServiceNetwork sn-0123456789abcdef0 not found")
        #expect(reply.text("resourceId") == "sn-0123456789abcdef0")
        #expect(reply.text("resourceType") == "SERVICE_NETWORK")
    }
}
