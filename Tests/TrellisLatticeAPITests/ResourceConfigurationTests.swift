import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct ResourceConfigurationTests {
    private static let gateway = "rgw-0123456789abcdef0"
    private static let group = "rcfg-0123456789abcdef0"

    @Test func singleHasTheDefaultsOfTheExamples() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let created = await world.createConfiguration(
            "new", "SINGLE", #""resourceGatewayIdentifier":"\#(gateway)",\#(TestWorld.ipDefinition)"#)
        #expect(created.status == 201)
        #expect(created.text("status") == "CREATE_IN_PROGRESS")
        #expect(created["portRanges"] == .array(["1-65535"]))
        #expect(created.text("protocol") == "TCP")
        #expect(created["allowAssociationToShareableServiceNetwork"] == true)
        #expect(created.text("resourceConfigurationDefinition.ipResource.ipAddress") == "10.0.14.85")
        try await world.settle()
        let read = await world.send("GET", "/resourceconfigurations/\(created.id)")
        #expect(read.text("status") == "ACTIVE")
        #expect(read["amazonManaged"] == false)
        #expect(read.text("resourceGatewayId") == gateway)
    }

    @Test func childTakesOverFromItsGroup() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let group = try await world.makeConfiguration(
            "group", type: "GROUP", behind: gateway,
            extra: #","portRanges":["80","443-444"],"groupDomain":"Example.com""#)
        let child = try await world.makeChild(of: group, extra: #","customDomainName":"a.example.COM""#)
        let read = await world.send("GET", "/resourceconfigurations/\(child)")
        #expect(read.text("resourceGatewayId") == gateway)
        #expect(read.text("resourceConfigurationGroupId") == group)
        #expect(read["portRanges"] == .array(["80", "443-444"]))
        #expect(read.text("protocol") == "TCP")
        #expect(read["allowAssociationToShareableServiceNetwork"] == nil)
        let own = try await world.makeChild("own", of: group, extra: #","portRanges":["22"]"#)
        #expect(await world.send("GET", "/resourceconfigurations/\(own)")["portRanges"] == .array(["22"]))
        // The group itself shows no definition.
        let shown = await world.send("GET", "/resourceconfigurations/\(group)")
        #expect(shown["resourceConfigurationDefinition"] == nil)
        #expect(shown.text("groupDomain") == "Example.com")
    }

    @Test(arguments: [
        ("SINGLE", #""tags":{}"#, ["resourceGatewayIdentifier", "resourceConfigurationDefinition"]),
        ("GROUP", #""tags":{}"#, ["resourceGatewayIdentifier"]),
        ("CHILD", #""tags":{}"#, ["resourceConfigurationGroupIdentifier", "resourceConfigurationDefinition"]),
        ("ARN", #""tags":{}"#, ["resourceGatewayIdentifier", "resourceConfigurationDefinition"]),
        (
            "GROUP",
            #""resourceGatewayIdentifier":"\#(gateway)","customDomainName":"a.example.com",\#(TestWorld.ipDefinition)"#,
            ["customDomainName", "resourceConfigurationDefinition"]
        ),
        (
            "CHILD",
            #""resourceConfigurationGroupIdentifier":"\#(group)",\#(TestWorld.ipDefinition),"protocol":"TCP","#
                + #""resourceGatewayIdentifier":"\#(gateway)","groupDomain":"example.com","#
                + #""allowAssociationToShareableServiceNetwork":true,"#
                + #""domainVerificationIdentifier":"dv-0123456789abcdef0""#,
            [
                "protocol", "resourceGatewayIdentifier", "groupDomain", "allowAssociationToShareableServiceNetwork",
                "domainVerificationIdentifier",
            ]
        ),
        (
            "SINGLE",
            #""resourceGatewayIdentifier":"\#(gateway)",\#(TestWorld.ipDefinition),"groupDomain":"example.com","#
                + #""resourceConfigurationGroupIdentifier":"\#(group)""#,
            ["groupDomain", "resourceConfigurationGroupIdentifier"]
        ),
        (
            "ARN",
            #""resourceGatewayIdentifier":"\#(gateway)","portRanges":["80"],"protocol":"TCP","#
                + #""resourceConfigurationDefinition":{"arnResource":{"arn":"arn:aws:rds:us-west-2:111122223333:db:a"}}"#,
            ["portRanges", "protocol"]
        ),
        (
            "SINGLE",
            #""resourceGatewayIdentifier":"\#(gateway)",\#(TestWorld.ipDefinition),"#
                + #""domainVerificationIdentifier":"dv-0123456789abcdef0""#,
            ["domainVerificationIdentifier"]
        ),
    ])
    func eachTypeHasItsMembers(_ type: String, _ members: String, _ fields: [String]) async throws {
        let world = try TestWorld()
        let reply = await world.createConfiguration("new", type, members)
        #expect(reply.status == 400)
        #expect(reply.text("reason") == "fieldValidationFailed")
        #expect(reply.fields == Set(fields), "\(reply.text("message"))")
    }

    @Test func unexpectedMemberIsNamedAsTheServiceDoes() async throws {
        let world = try TestWorld()
        let reply = await world.createConfiguration(
            "new", "GROUP",
            #""resourceGatewayIdentifier":"\#(Self.gateway)","customDomainName":"a.example.com""#)
        #expect(reply.text("message").contains("Unexpected attribute customDomainName for type GROUP"))
    }

    @Test(arguments: [
        ("10.0.0.1", true), ("172.16.0.1", true), ("172.31.255.255", true), ("192.168.1.1", true),
        ("100.64.0.1", true), ("172.32.0.1", false), ("8.8.8.8", false), ("127.0.0.1", false),
        ("169.254.171.1", false), ("10.0.0.256", false), ("localhost", false), ("10.0.0.1/32", false),
    ])
    func onlyPrivateIPv4Addresses(_ address: String, _ isAllowed: Bool) async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let reply = await world.createConfiguration(
            "new", "SINGLE",
            #""resourceGatewayIdentifier":"\#(gateway)","#
                + #""resourceConfigurationDefinition":{"ipResource":{"ipAddress":"\#(address)"}}"#)
        #expect(reply.status == (isAllowed ? 201 : 400))
        if !isAllowed { #expect(reply.fields == ["resourceConfigurationDefinition.ipResource.ipAddress"]) }
    }

    @Test(arguments: [
        ("IPV4", #"{"ipResource":{"ipAddress":"2001:db8::1"}}"#, false),
        ("IPV6", #"{"ipResource":{"ipAddress":"2001:db8::1"}}"#, true),
        ("IPV6", #"{"ipResource":{"ipAddress":"10.0.0.1"}}"#, false),
        ("DUALSTACK", #"{"ipResource":{"ipAddress":"fd00::1"}}"#, true),
        ("IPV4", #"{"dnsResource":{"domainName":"db.example.com","ipAddressType":"IPV6"}}"#, false),
        ("DUALSTACK", #"{"dnsResource":{"domainName":"db.example.com","ipAddressType":"IPV6"}}"#, true),
    ])
    func gatewayReachesTheAddressesThatItHas(_ type: String, _ definition: String, _ isAllowed: Bool) async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway(extra: #","ipAddressType":"\#(type)""#)
        let reply = await world.createConfiguration(
            "new", "SINGLE",
            #""resourceGatewayIdentifier":"\#(gateway)","resourceConfigurationDefinition":\#(definition)"#)
        #expect(reply.status == (isAllowed ? 201 : 400), "\(reply.text("message"))")
    }

    @Test(arguments: [
        ("1-65535", true), ("80", true), ("65535", true), ("22-22", true), ("0", false), ("65536", false),
        ("0-80", false), ("90-80", false), ("1-70000", false),
    ])
    func portRangesAreBounded(_ range: String, _ isAllowed: Bool) async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let reply = await world.createConfiguration(
            "new", "SINGLE",
            #""resourceGatewayIdentifier":"\#(gateway)",\#(TestWorld.ipDefinition),"portRanges":["443","\#(range)"]"#)
        #expect(reply.status == (isAllowed ? 201 : 400))
        if !isAllowed { #expect(reply.fields == ["portRanges[1]"]) }
    }

    @Test func childNeedsAGroupAndADomainBelowTheGroupDomain() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let single = try await world.makeConfiguration(behind: gateway)
        let plain = try await world.makeConfiguration("plain", type: "GROUP", behind: gateway)
        let group = try await world.makeConfiguration(
            "group", type: "GROUP", behind: gateway, extra: #","groupDomain":"example.com""#)
        for (parent, domain, status) in [
            (single, "", 400), (Self.group, "", 404), (plain, #","customDomainName":"a.example.com""#, 400),
            (group, #","customDomainName":"example.com""#, 400), (group, #","customDomainName":"anexample.com""#, 400),
            (group, #","customDomainName":"b.a.example.com""#, 201),
        ] {
            let reply = await world.createConfiguration(
                "new", "CHILD",
                #""resourceConfigurationGroupIdentifier":"\#(parent)",\#(TestWorld.ipDefinition)\#(domain)"#)
            #expect(reply.status == status, "\(reply.text("message"))")
        }
    }

    @Test func updateReplacesDefinitionAndPorts() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let path = "/resourceconfigurations/\(try await world.makeConfiguration(behind: gateway))"
        world.clock.advance(by: .seconds(1))
        let updated = await world.send(
            "PATCH", path,
            #"{"portRanges":["22","80-81"],"resourceConfigurationDefinition":{"ipResource":{"ipAddress":"10.0.0.2"}}}"#)
        #expect(updated.status == 200)
        #expect(updated.text("status") == "UPDATE_IN_PROGRESS")
        #expect(updated["portRanges"] == .array(["22", "80-81"]))
        try await world.settle()
        let read = await world.send("GET", path)
        #expect(read.text("status") == "ACTIVE")
        #expect(read.text("resourceConfigurationDefinition.ipResource.ipAddress") == "10.0.0.2")
        #expect(read.text("lastUpdatedAt") == "2023-11-14T22:13:21.000Z")
        // What is not given stays, and nothing given is no change.
        #expect(await world.send("PATCH", path, "{}").text("status") == "ACTIVE")
        let arn =
            #"{"resourceConfigurationDefinition":{"arnResource":{"arn":"arn:aws:rds:us-west-2:111122223333:db:a"}}}"#
        #expect(await world.send("PATCH", path, arn).status == 400)
        #expect(await world.send("PATCH", path, #"{"resourceConfigurationDefinition":{}}"#).status == 400)
    }

    @Test func groupAndChildRefuseUpdatesThatAreNotTheirs() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let group = try await world.makeConfiguration("group", type: "GROUP", behind: gateway)
        let child = try await world.makeChild(of: group)
        let definition = await world.send("PATCH", "/resourceconfigurations/\(group)", "{\(TestWorld.ipDefinition)}")
        #expect(definition.fields == ["resourceConfigurationDefinition"])
        let sharing = await world.send(
            "PATCH", "/resourceconfigurations/\(child)", #"{"allowAssociationToShareableServiceNetwork":false}"#)
        #expect(sharing.fields == ["allowAssociationToShareableServiceNetwork"])
    }

    @Test func configurationThatIsReferredToStays() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let network = try await world.makeNetwork()
        let group = try await world.makeConfiguration("group", type: "GROUP", behind: gateway)
        let child = try await world.makeChild(of: group)
        let association = try await world.associate(configuration: group, with: network)
        let path = "/resourceconfigurations/\(group)"
        #expect(await world.send("DELETE", path).text("message").contains("child"))
        #expect(await world.send("DELETE", "/resourceconfigurations/\(child)").status == 204)
        #expect(await world.send("GET", "/resourceconfigurations/\(child)").text("status") == "DELETE_IN_PROGRESS")
        try await world.settle()
        #expect(await world.send("DELETE", path).text("message").contains("service network"))
        #expect(await world.send("DELETE", "/servicenetworkresourceassociations/\(association)").status == 200)
        try await world.settle()
        #expect(await world.send("DELETE", path).status == 204)
        try await world.settle()
        #expect(await world.send("GET", path).status == 404)
        #expect(await world.send("DELETE", path).text("resourceType") == "RESOURCE_CONFIGURATION")
    }

    @Test func listIsFilteredByGatewayGroupAndVerification() async throws {
        let world = try TestWorld()
        let (red, blue) = (try await world.makeGateway("red"), try await world.makeGateway("blue"))
        let group = try await world.makeConfiguration("group", type: "GROUP", behind: red)
        _ = try await world.makeChild(of: group)
        _ = try await world.makeConfiguration("single", behind: blue)
        for (filter, count) in [
            ("", 3), ("resourceGatewayIdentifier=\(red)", 2), ("resourceGatewayIdentifier=\(blue)", 1),
            ("resourceConfigurationGroupIdentifier=\(group)", 1),
            ("resourceConfigurationGroupIdentifier=\(group)&resourceGatewayIdentifier=\(blue)", 0),
            ("domainVerificationIdentifier=dv-0123456789abcdef0", 0),
        ] {
            let reply = await world.send("GET", "/resourceconfigurations?\(filter)")
            #expect(reply.elements("items").count == count, "\(filter)")
        }
    }
}
