import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

@Suite struct ServiceAssociationTests {
    @Test func createdAssociationIsReadBack() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService(extra: #","customDomainName":"api.example""#)
        let created = await world.send(
            "POST", "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#)
        // Not 201.
        #expect(created.status == 200)
        #expect(created.members == ["id", "status", "arn", "createdBy", "customDomainName", "dnsEntry"])
        #expect(created.text("status") == "CREATE_IN_PROGRESS")
        #expect(created.text("createdBy") == TestWorld.account.rawValue)
        #expect(created["dnsEntry"] == (await world.send("GET", "/services/\(service)"))["dnsEntry"])
        #expect(created.text("arn") == TestWorld.arn("servicenetworkserviceassociation/\(created.id)"))

        try await world.settle()
        let read = await world.send("GET", "/servicenetworkserviceassociations/\(created.id)")
        #expect(read.text("status") == "ACTIVE")
        #expect(read.text("serviceName") == "service")
        #expect(read.text("serviceNetworkName") == "network")
        #expect(read.text("serviceArn") == TestWorld.arn("service/\(service)"))
        #expect(read.text("serviceNetworkArn") == TestWorld.arn("servicenetwork/\(network)"))
        let listed = await world.send(
            "GET", "/servicenetworkserviceassociations?serviceNetworkIdentifier=\(network)")
        #expect(listed.elements("items") == [try #require(read.json)])
    }

    @Test func pairIsAssociatedOnce() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService()
        let body = #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#
        let first = try await world.associate(service: service, with: network)
        let second = await world.send("POST", "/servicenetworkserviceassociations", body)
        #expect(second.status == 409)
        #expect(second.text("resourceId") == first)
        #expect(second.text("resourceType") == "SERVICE_NETWORK_SERVICE_ASSOCIATION")
        // The service may join another network, and this one again when the association is gone.
        _ = try await world.associate(service: service, with: try await world.makeNetwork("other"))
        _ = await world.send("DELETE", "/servicenetworkserviceassociations/\(first)")
        #expect(await world.send("POST", "/servicenetworkserviceassociations", body).status == 409)
        try await world.settle()
        #expect(await world.send("POST", "/servicenetworkserviceassociations", body).status == 200)
    }

    @Test func customDomainIsUniqueInANetwork() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let one = try await world.makeService("one", extra: #","customDomainName":"api.example""#)
        let two = try await world.makeService("two", extra: #","customDomainName":"API.example""#)
        let first = try await world.associate(service: one, with: network)
        let body = #"{"serviceIdentifier":"\#(two)","serviceNetworkIdentifier":"\#(network)"}"#
        let refused = await world.send("POST", "/servicenetworkserviceassociations", body)
        #expect(refused.status == 409)
        #expect(refused.text("resourceId") == one)
        _ = await world.send("DELETE", "/servicenetworkserviceassociations/\(first)")
        try await world.settle()
        #expect(await world.send("POST", "/servicenetworkserviceassociations", body).status == 200)
    }

    @Test func deletionIsRefusedDuringCreationAndRepeatable() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService()
        let id = await world.send(
            "POST", "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#
        ).id
        let path = "/servicenetworkserviceassociations/\(id)"
        #expect(await world.send("DELETE", path).status == 409)
        try await world.settle()
        let deleted = await world.send("DELETE", path)
        #expect(deleted.status == 200)
        #expect(deleted.members == ["id", "status", "arn"])
        #expect(deleted.text("status") == "DELETE_IN_PROGRESS")
        #expect(await world.send("DELETE", path).json == deleted.json)
        try await world.settle()
        #expect(await world.send("GET", path).status == 404)
        #expect(await world.send("DELETE", path).text("resourceId") == id)
        #expect(try await world.keys().filter { $0.contains("/index/") } == [])
    }

    @Test func listIsFilteredByServiceAndNetwork() async throws {
        let world = try TestWorld()
        let (red, blue) = (try await world.makeNetwork("red"), try await world.makeNetwork("blue"))
        let (one, two) = (try await world.makeService("one"), try await world.makeService("two"))
        for (service, network) in [(one, red), (one, blue), (two, red)] {
            _ = try await world.associate(service: service, with: network)
        }
        let arn = TestWorld.encoded(TestWorld.arn("service/\(one)"))
        let elsewhere = "arn%3Aaws%3Avpc-lattice%3Aeu-central-1%3A111122223333%3Aservice%2F\(one)"
        for (filter, count) in [
            ("serviceIdentifier=\(one)", 2), ("serviceNetworkIdentifier=\(red)", 2), ("serviceIdentifier=\(arn)", 2),
            ("serviceIdentifier=\(one)&serviceNetworkIdentifier=\(blue)", 1),
            ("serviceIdentifier=\(two)&serviceNetworkIdentifier=\(blue)", 0),
            ("serviceIdentifier=svc-0123456789abcdef0", 0), ("serviceIdentifier=\(elsewhere)", 0),
        ] {
            let reply = await world.send("GET", "/servicenetworkserviceassociations?\(filter)")
            #expect(reply.status == 200)
            #expect(reply.elements("items").count == count, "\(filter)")
        }
    }

    @Test func unknownServiceOrNetworkIsNotFound() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService()
        for (service, network, type) in [
            ("svc-0123456789abcdef0", network, "SERVICE"), (service, "sn-0123456789abcdef0", "SERVICE_NETWORK"),
        ] {
            let reply = await world.send(
                "POST", "/servicenetworkserviceassociations",
                #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#)
            #expect(reply.status == 404)
            #expect(reply.text("resourceType") == type)
        }
    }
}

@Suite struct VpcAssociationTests {
    private static let vpc = "vpc-0123456789abcdef0"

    @Test func createdAssociationIsReadBack() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let created = await world.send(
            "POST", "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"\#(Self.vpc)","serviceNetworkIdentifier":"\#(network)","#
                + #""securityGroupIds":["sg-01234567","sg-0123456789abcdef0"]}"#)
        #expect(created.status == 200)
        #expect(created.members == ["id", "status", "arn", "createdBy", "securityGroupIds", "privateDnsEnabled"])
        #expect(created.text("status") == "CREATE_IN_PROGRESS")
        try await world.settle()
        let read = await world.send("GET", "/servicenetworkvpcassociations/\(created.id)")
        #expect(read.text("status") == "ACTIVE")
        #expect(read.text("vpcId") == Self.vpc)
        #expect(read["securityGroupIds"] == .array(["sg-01234567", "sg-0123456789abcdef0"]))
        #expect(read["privateDnsEnabled"] == false)
        #expect(read["dnsOptions"] == nil)
        #expect(read.text("serviceNetworkName") == "network")
        #expect(read.text("createdBy") == TestWorld.account.rawValue)
        let listed = await world.send("GET", "/servicenetworkvpcassociations?vpcIdentifier=\(Self.vpc)")
        #expect(
            listed.elements("items")[0].memberNames == read.members.subtracting(["securityGroupIds"]))
        let none = await world.send(
            "GET", "/servicenetworkvpcassociations?vpcIdentifier=vpc-01234567&serviceNetworkIdentifier=\(network)")
        #expect(none.elements("items").isEmpty)
    }

    @Test func vpcIsAssociatedWithOneNetwork() async throws {
        let world = try TestWorld()
        let (red, blue) = (try await world.makeNetwork("red"), try await world.makeNetwork("blue"))
        let first = try await world.associate(vpc: Self.vpc, with: red)
        for network in [red, blue] {
            let refused = await world.send(
                "POST", "/servicenetworkvpcassociations",
                #"{"vpcIdentifier":"\#(Self.vpc)","serviceNetworkIdentifier":"\#(network)"}"#)
            #expect(refused.status == 409)
            #expect(refused.text("resourceId") == first)
            #expect(refused.text("resourceType") == "SERVICE_NETWORK_VPC_ASSOCIATION")
        }
        _ = await world.send("DELETE", "/servicenetworkvpcassociations/\(first)")
        try await world.settle()
        _ = try await world.associate(vpc: Self.vpc, with: blue)
    }

    @Test(arguments: [
        (#""privateDnsEnabled":true"#, #"{"privateDnsPreference":"VERIFIED_DOMAINS_ONLY"}"#),
        (#""privateDnsEnabled":true,"dnsOptions":{}"#, #"{"privateDnsPreference":"VERIFIED_DOMAINS_ONLY"}"#),
        (
            #""privateDnsEnabled":true,"dnsOptions":{"privateDnsPreference":"ALL_DOMAINS"}"#,
            #"{"privateDnsPreference":"ALL_DOMAINS"}"#
        ),
        (
            #""privateDnsEnabled":true,"dnsOptions":{"privateDnsPreference":"SPECIFIED_DOMAINS_ONLY","#
                + #""privateDnsSpecifiedDomains":["a.example","*.b.example"]}"#,
            #"{"privateDnsPreference":"SPECIFIED_DOMAINS_ONLY","privateDnsSpecifiedDomains":["a.example","#
                + #""*.b.example"]}"#
        ),
    ])
    func privateDNSIsKeptAndShown(_ members: String, _ options: String) async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let created = await world.send(
            "POST", "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"\#(Self.vpc)","serviceNetworkIdentifier":"\#(network)",\#(members)}"#)
        #expect(created.status == 200)
        let shown = try JSONValue(parsing: options.utf8)
        let read = await world.send("GET", "/servicenetworkvpcassociations/\(created.id)")
        let listed = await world.send("GET", "/servicenetworkvpcassociations?vpcIdentifier=\(Self.vpc)")
        for reply in [created["dnsOptions"], read["dnsOptions"], listed["items[0].dnsOptions"]] {
            #expect(reply == shown)
        }
        #expect(read["privateDnsEnabled"] == true)
        #expect(created["privateDnsEnabled"] == true)
    }

    @Test func updateReplacesTheSecurityGroups() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let id = try await world.associate(
            vpc: Self.vpc, with: network, extra: #","securityGroupIds":["sg-01234567"]"#)
        let path = "/servicenetworkvpcassociations/\(id)"
        world.clock.advance(by: .seconds(1))
        let updated = await world.send("PATCH", path, #"{"securityGroupIds":["sg-89abcdef"]}"#)
        #expect(updated.status == 200)
        #expect(updated.members == ["id", "arn", "status", "createdBy", "securityGroupIds"])
        #expect(updated.text("status") == "UPDATE_IN_PROGRESS")
        // Neither a change nor a deletion while it is being updated.
        #expect(await world.send("PATCH", path, #"{"securityGroupIds":["sg-01234567"]}"#).status == 409)
        #expect(await world.send("DELETE", path).status == 409)
        try await world.settle()
        let read = await world.send("GET", path)
        #expect(read.text("status") == "ACTIVE")
        #expect(read["securityGroupIds"] == .array(["sg-89abcdef"]))
        #expect(read.text("lastUpdatedAt") == "2023-11-14T22:13:21.000Z")
    }

    @Test func deletionIsRefusedDuringCreationAndRepeatable() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let id = await world.send(
            "POST", "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"\#(Self.vpc)","serviceNetworkIdentifier":"\#(network)"}"#
        ).id
        let path = "/servicenetworkvpcassociations/\(id)"
        #expect(await world.send("DELETE", path).status == 409)
        try await world.settle()
        #expect(await world.send("DELETE", path).text("status") == "DELETE_IN_PROGRESS")
        #expect(await world.send("DELETE", path).text("status") == "DELETE_IN_PROGRESS")
        try await world.settle()
        #expect(await world.send("GET", path).status == 404)
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
        #expect(try await world.keys() == [])
    }
}
