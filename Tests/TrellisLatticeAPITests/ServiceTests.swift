import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct ServiceTests {
    @Test func createdServiceIsReadBack() async throws {
        let world = try TestWorld()
        let body =
            #"{"name":"my-service","customDomainName":"api.example","#
            + #""certificateArn":"arn:aws:acm:us-west-2:111122223333:certificate/0-a","idleTimeoutSeconds":600}"#
        let created = await world.send("POST", "/services", body)
        #expect(created.status == 201)
        #expect(created.text("status") == "CREATE_IN_PROGRESS")
        #expect(created.text("customDomainName") == "api.example")
        let suffix = created.id.dropFirst("svc-".count)
        #expect(
            created.text("dnsEntry.domainName")
                == "my-service-\(suffix).7d67968.vpc-lattice-svcs.us-west-2.on.aws")

        try await world.settle()
        let read = await world.send("GET", "/services/\(created.id)")
        #expect(read.text("status") == "ACTIVE")
        #expect(read["idleTimeoutSeconds"] == 600)
        #expect(read.text("certificateArn") == "arn:aws:acm:us-west-2:111122223333:certificate/0-a")
        #expect(read.text("arn") == TestWorld.arn("service/\(created.id)"))
        #expect(read["dnsEntry"] == created["dnsEntry"])
    }

    @Test func absentMembersAreAbsentAndTheIdleTimeoutIsSixtySeconds() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let read = await world.send("GET", "/services/\(service)")
        #expect(read.members.isDisjoint(with: ["customDomainName", "certificateArn", "failureCode"]))
        #expect(read["idleTimeoutSeconds"] == 60)
        #expect(read.text("authType") == "NONE")
    }

    @Test func updateChangesWhatIsGiven() async throws {
        let world = try TestWorld()
        let service = try await world.makeService(extra: #","idleTimeoutSeconds":100"#)
        let certificate = "arn:aws:acm:us-west-2:111122223333:certificate/0"
        let first = await world.send("PATCH", "/services/\(service)", #"{"certificateArn":"\#(certificate)"}"#)
        #expect(first.status == 200)
        #expect(first["idleTimeoutSeconds"] == 100)
        #expect(first.text("certificateArn") == certificate)
        let second = await world.send("PATCH", "/services/\(service)", #"{"idleTimeoutSeconds":60}"#)
        #expect(second["idleTimeoutSeconds"] == 60)
        #expect(second.text("certificateArn") == certificate)
        // An empty certificate takes it away.
        let third = await world.send("PATCH", "/services/\(service)", #"{"certificateArn":""}"#)
        #expect(third["certificateArn"] == nil)
        #expect(await world.send("PATCH", "/services/\(service)", "{}").status == 200)
    }

    @Test func authTypeDecidesWhetherAPolicyIsActive() async throws {
        let world = try TestWorld()
        let service = try await world.makeService(extra: #","authType":"AWS_IAM""#)
        let body = PolicyOperationTests.body(PolicyOperationTests.authPolicy)
        #expect(await world.send("PUT", "/authpolicy/\(service)", body).text("state") == "Active")
        let updated = await world.send("PATCH", "/services/\(service)", #"{"authType":"NONE"}"#)
        #expect(updated.text("authType") == "NONE")
        #expect(await world.send("GET", "/authpolicy/\(service)").text("state") == "Inactive")
    }

    @Test func nameIsTakenUntilTheServiceIsGone() async throws {
        let world = try TestWorld()
        let first = try await world.makeService("same")
        #expect(await world.send("POST", "/services", #"{"name":"same"}"#).text("resourceId") == first)
        #expect(await world.send("DELETE", "/services/\(first)").text("status") == "DELETE_IN_PROGRESS")
        #expect(await world.send("POST", "/services", #"{"name":"same"}"#).status == 409)
        try await world.settle()
        #expect(await world.send("POST", "/services", #"{"name":"same"}"#).status == 201)
    }

    @Test func otherAccountsAndRegionsHaveTheirOwnNames() async throws {
        let world = try TestWorld()
        _ = try await world.makeService("same")
        let other = try #require(TrellisAccount.other)
        #expect(await world.send("POST", "/services", #"{"name":"same"}"#, account: other).status == 201)
        let elsewhere = try #require(TrellisAccount.otherRegion)
        #expect(await world.send("POST", "/services", #"{"name":"same"}"#, region: elsewhere).status == 201)
        #expect(await world.send("GET", "/services", account: other).elements("items").count == 1)
    }

    @Test func deletionTakesListenersRulesAndReferencesAlong() async throws {
        let world = try TestWorld()
        let group = try await world.makeTargetGroup()
        let service = try await world.makeService()
        for port in [80, 81] {
            let listener = try await world.makeListener(
                of: service, "listener\(port)", port: port, action: TestWorld.forward(group))
            _ = try await world.makeRule(of: listener, in: service, action: TestWorld.forward(group))
        }
        let reply = await world.send("DELETE", "/services/\(service)")
        #expect(reply.status == 200)
        #expect(reply.members == ["id", "arn", "name", "status"])
        #expect(reply.text("status") == "DELETE_IN_PROGRESS")
        // The group is free at once.
        #expect(await world.send("GET", "/targetgroups/\(group)")["serviceArns"] == .array([]))
        #expect(await world.send("GET", "/services/\(service)").text("status") == "DELETE_IN_PROGRESS")
        #expect(await world.send("DELETE", "/services/\(service)").text("status") == "DELETE_IN_PROGRESS")

        try await world.settle()
        #expect(await world.send("GET", "/services/\(service)").status == 404)
        #expect(await world.send("DELETE", "/services/\(service)").status == 404)
        #expect(await world.send("DELETE", "/targetgroups/\(group)").status == 200)
        try await world.settle()
        #expect(try await world.keys() == [])
    }

    @Test func deletionWaitsForAssociations() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService()
        let association = try await world.associate(service: service, with: network)
        let refused = await world.send("DELETE", "/services/\(service)")
        #expect(refused.status == 409)
        #expect(refused.text("resourceId") == service)
        #expect(refused.text("resourceType") == "SERVICE")
        #expect(await world.send("DELETE", "/servicenetworkserviceassociations/\(association)").status == 200)
        #expect(await world.send("DELETE", "/services/\(service)").status == 409)
        try await world.settle()
        #expect(await world.send("DELETE", "/services/\(service)").status == 200)
    }

    @Test func serviceThatIsBeingDeletedTakesNothingNew() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService()
        _ = await world.send("DELETE", "/services/\(service)")
        for (method, path, body) in [
            ("PATCH", "/services/\(service)", "{}"),
            (
                "POST", "/services/\(service)/listeners",
                #"{"name":"new","protocol":"HTTP","defaultAction":\#(TestWorld.notFoundAction)}"#
            ),
            (
                "POST", "/servicenetworkserviceassociations",
                #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#
            ),
        ] {
            let reply = await world.send(method, path, body)
            #expect(reply.status == 409)
            #expect(reply.text("message") == "Service \(service) is being deleted")
        }
    }
}
