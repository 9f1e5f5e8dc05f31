import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

@Suite struct DomainVerificationTests {
    private func start(_ domain: String, in world: TestWorld) async -> Reply {
        await world.send("POST", "/domainverifications", #"{"domainName":"\#(domain)","tags":{"a":"b"}}"#)
    }

    @Test func domainIsVerifiedByItsRecord() async throws {
        let world = try TestWorld()
        let started = await start("Example.com", in: world)
        #expect(started.status == 201)
        #expect(started.text("status") == "PENDING")
        #expect(started.text("domainName") == "example.com")
        let (name, value) = (started.text("txtMethodConfig.name"), started.text("txtMethodConfig.value"))
        #expect(name.hasPrefix("_") && name.hasSuffix(".example.com"))
        #expect(value.hasPrefix("vpc-lattice:"))
        let path = "/domainverifications/\(started.id)"

        try await world.settle(DomainOwnership(textRecords: [name: ["vpc-lattice:another"]]))
        #expect(await world.send("GET", path).text("status") == "PENDING")
        world.clock.advance(by: .seconds(5))
        try await world.settle(DomainOwnership(textRecords: [name.uppercased() + ".": ["other", value]]))
        let read = await world.send("GET", path)
        #expect(read.text("status") == "VERIFIED")
        #expect(read.text("lastVerifiedTime") == "2023-11-14T22:13:25.000Z")
        #expect(read.text("tags.a") == "b")
        // It stays verified without the record, however late it is.
        world.clock.advance(by: .seconds(100 * 3600))
        try await world.settle()
        #expect(await world.send("GET", path).text("status") == "VERIFIED")
        #expect(await world.send("DELETE", path).status == 200)
        #expect(await world.send("GET", path).status == 404)
        #expect(try await world.keys() == [])
    }

    @Test func pendingVerificationTimesOut() async throws {
        let world = try TestWorld()
        let path = "/domainverifications/\(await start("example.com", in: world).id)"
        world.clock.advance(by: .seconds(72 * 3600 - 1))
        try await world.settle()
        #expect(await world.send("GET", path).text("status") == "PENDING")
        world.clock.advance(by: .seconds(1))
        try await world.settle()
        #expect(await world.send("GET", path).text("status") == "VERIFICATION_TIMED_OUT")
        try await world.settle(DomainOwnership(ownedDomains: [try #require(DomainName("example.com"))]))
        #expect(await world.send("GET", path).text("status") == "VERIFICATION_TIMED_OUT")
    }

    @Test func deletedVerificationIsNotLookedAtAgain() async throws {
        let world = try TestWorld()
        let id = await start("example.com", in: world).id
        let entries = try await world.store.range(under: .all(.domainVerification, in: TestWorld.scope)).entries
        let entry = try #require(entries.first)
        let pending = try #require(try PendingCompletion(key: entry.key, value: entry.value))
        let surroundings = LifecycleSurroundings(clock: world.clock)
        #expect(try await !pending.complete(world.store, surroundings))
        #expect(await world.send("DELETE", "/domainverifications/\(id)").status == 200)
        #expect(try await pending.complete(world.store, surroundings))
    }

    @Test(arguments: [
        ("example.com", true), ("a.b.example.com", true), ("anexample.com", false), ("com.example", false),
    ])
    func ownedDomainsNeedNoRecord(_ domain: String, _ isOwned: Bool) async throws {
        let world = try TestWorld()
        let id = await start(domain, in: world).id
        try await world.settle(DomainOwnership(ownedDomains: [try #require(DomainName("Example.com"))]))
        #expect(
            await world.send("GET", "/domainverifications/\(id)").text("status") == (isOwned ? "VERIFIED" : "PENDING"))
    }

    @Test func domainHasOneVerificationAtATime() async throws {
        let world = try TestWorld()
        let first = await start("example.com", in: world)
        let again = await start("EXAMPLE.com", in: world)
        #expect(again.status == 409)
        #expect(again.text("resourceId") == first.id)
        #expect(await start("a.example.com", in: world).status == 201)
        let listed = await world.send("GET", "/domainverifications")
        #expect(listed.texts("items", "domainName") == ["example.com", "a.example.com"])
    }

    @Test func verificationCoversTheDomainAndWhatIsBelowIt() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let verification = await start("example.com", in: world).id
        for (index, (domain, status)) in [
            ("example.com", 201), ("db.example.com", 201), ("example.org", 400), ("notexample.com", 400),
        ].enumerated() {
            let reply = await world.createConfiguration(
                "new\(index)", "SINGLE",
                #""resourceGatewayIdentifier":"\#(gateway)",\#(TestWorld.ipDefinition),"#
                    + #""customDomainName":"\#(domain)","domainVerificationIdentifier":"\#(verification)""#)
            #expect(reply.status == status, "\(domain)")
        }
    }

    @Test func childrenAndAssociationsShowTheStatusOfTheGroup() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let network = try await world.makeNetwork()
        let verification = await start("example.com", in: world).id
        let group = try await world.makeConfiguration(
            "group", type: "GROUP", behind: gateway,
            extra: #","groupDomain":"svc.example.com","domainVerificationIdentifier":"\#(verification)""#)
        let child = try await world.makeChild(of: group, extra: #","customDomainName":"a.svc.example.com""#)
        let association = try await world.associate(configuration: group, with: network)
        try await world.settle(DomainOwnership(ownedDomains: [try #require(DomainName("example.com"))]))
        let paths = [
            "/resourceconfigurations/\(group)", "/resourceconfigurations/\(child)",
            "/servicenetworkresourceassociations/\(association)",
        ]
        for path in paths { #expect(await world.send("GET", path).text("domainVerificationStatus") == "VERIFIED") }
        let listed = await world.send("GET", "/resourceconfigurations?domainVerificationIdentifier=\(verification)")
        #expect(Set(listed.texts("items", "id")) == [group, child])
        #expect(await world.send("DELETE", "/domainverifications/\(verification)").status == 200)
        for path in paths {
            let read = await world.send("GET", path)
            #expect(read.status == 200)
            #expect(read["domainVerificationStatus"] == nil)
            #expect(read["domainVerificationId"] == nil)
        }
    }
}
