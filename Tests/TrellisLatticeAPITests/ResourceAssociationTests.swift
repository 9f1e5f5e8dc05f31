import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct ResourceAssociationTests {
    @Test func createdAssociationIsReadBack() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let configuration = try await world.makeConfiguration(
            behind: try await world.makeGateway(), extra: #","customDomainName":"db.example.com""#)
        let created = await world.createAssociation(
            of: configuration, with: network, extra: #","privateDnsEnabled":true"#)
        #expect(created.status == 201)
        #expect(created.members == ["id", "arn", "status", "createdBy", "privateDnsEnabled"])
        #expect(created.text("status") == "CREATE_IN_PROGRESS")
        let path = "/servicenetworkresourceassociations/\(created.id)"
        #expect(await world.send("DELETE", path).status == 409)
        try await world.settle()
        let read = await world.send("GET", path)
        #expect(read.text("status") == "ACTIVE")
        #expect(
            read.text("dnsEntry.domainName")
                == "\(created.id).\(configuration).4232ccc.vpc-lattice-rsc.us-west-2.on.aws")
        #expect(read.text("privateDnsEntry.domainName") == "db.example.com")
        #expect(read["isManagedAssociation"] == false)
        #expect(read["domainVerificationStatus"] == nil)
        #expect(read.text("resourceConfigurationName") == "configuration")
        #expect(read.text("serviceNetworkName") == "network")
    }

    @Test func networkCountsItsResourcesAndStaysWhileItHasSome() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let gateway = try await world.makeGateway()
        let one = try await world.makeConfiguration("one", behind: gateway)
        let two = try await world.makeConfiguration("two", behind: gateway)
        var associations: [String] = []
        for id in [one, two] { associations.append(try await world.associate(configuration: id, with: network)) }
        let listed = await world.send("GET", "/servicenetworks")
        #expect(listed["items[0].numberOfAssociatedResourceConfigurations"] == 2)
        let refused = await world.send("DELETE", "/servicenetworks/\(network)")
        #expect(refused.status == 409)
        #expect(refused.text("message") == "ServiceNetwork \(network) has resource(s) associated.")
        for id in associations {
            let deleted = await world.send("DELETE", "/servicenetworkresourceassociations/\(id)")
            #expect(deleted.members == ["id", "arn", "status"])
            #expect(await world.send("DELETE", "/servicenetworkresourceassociations/\(id)").json == deleted.json)
        }
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 409)
        try await world.settle()
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
    }

    @Test func configurationIsAssociatedOnceAndAChildNotAtAll() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let gateway = try await world.makeGateway()
        let group = try await world.makeConfiguration("group", type: "GROUP", behind: gateway)
        let child = try await world.makeChild(of: group)
        let first = try await world.associate(configuration: group, with: network)
        let again = await world.createAssociation(of: group, with: network)
        #expect(again.status == 409)
        #expect(again.text("resourceId") == first)
        #expect(again.text("resourceType") == "SERVICE_NETWORK_RESOURCE_ASSOCIATION")
        let refused = await world.createAssociation(of: child, with: network)
        #expect(refused.status == 400)
        #expect(refused.fields == ["resourceConfigurationIdentifier"])
    }

    @Test func shareableNetworkTakesWhatAllowsIt() async throws {
        let world = try TestWorld()
        let shareable = try await world.makeNetwork()
        let closed = await world.send(
            "POST", "/servicenetworks", #"{"name":"closed","sharingConfig":{"enabled":false}}"#
        ).id
        let configuration = try await world.makeConfiguration(
            behind: try await world.makeGateway(), extra: #","allowAssociationToShareableServiceNetwork":false"#)
        let path = "/resourceconfigurations/\(configuration)"
        #expect(await world.createAssociation(of: configuration, with: shareable).status == 400)
        #expect(await world.createAssociation(of: configuration, with: closed).status == 201)
        let allow = #"{"allowAssociationToShareableServiceNetwork":true}"#
        #expect(await world.send("PATCH", path, allow).status == 200)
        try await world.settle()
        #expect(await world.createAssociation(of: configuration, with: shareable).status == 201)
        let forbid = await world.send("PATCH", path, #"{"allowAssociationToShareableServiceNetwork":false}"#)
        #expect(forbid.status == 400)
        #expect(forbid.fields == ["allowAssociationToShareableServiceNetwork"])
    }

    @Test func childrenAreListedWhenAskedFor() async throws {
        let world = try TestWorld()
        let (red, blue) = (try await world.makeNetwork("red"), try await world.makeNetwork("blue"))
        let gateway = try await world.makeGateway()
        let group = try await world.makeConfiguration(
            "group", type: "GROUP", behind: gateway, extra: #","groupDomain":"example.com""#)
        let child = try await world.makeChild(of: group, extra: #","customDomainName":"a.example.com""#)
        let association = try await world.associate(
            configuration: group, with: red, extra: #","privateDnsEnabled":true"#)
        _ = try await world.associate(configuration: group, with: blue)
        let path = "/servicenetworkresourceassociations?serviceNetworkIdentifier=\(red)"
        let plain = await world.send("GET", path)
        #expect(plain.texts("items", "resourceConfigurationId") == [group])
        #expect(plain["items[0].dnsEntry"] == nil)
        let all = await world.send("GET", path + "&includeChildren=true")
        #expect(all.texts("items", "id") == [association, association])
        #expect(all.texts("items", "resourceConfigurationId") == [group, child])
        #expect(all.text("items[1].dnsEntry.domainName").hasPrefix("\(association).\(child)."))
        #expect(all.text("items[1].privateDnsEntry.domainName") == "a.example.com")
        let page = await world.send("GET", path + "&includeChildren=true&maxResults=1")
        let next = await world.send(
            "GET", path + "&includeChildren=true&maxResults=1&nextToken=\(page.text("nextToken"))")
        #expect(next.texts("items", "resourceConfigurationId") == [child])
        #expect(await world.send("GET", path + "&includeChildren=maybe").fields == ["includeChildren"])
        // Without a filter too, each entry is on one page, and a page ends where it has to.
        var shown: [String] = []
        var token = ""
        for _ in 0..<4 {
            let reply = await world.send(
                "GET", "/servicenetworkresourceassociations?includeChildren=true&maxResults=1\(token)")
            shown += reply.texts("items", "resourceConfigurationId")
            token = "&nextToken=\(reply.text("nextToken"))"
        }
        #expect(shown == [group, child, group, child])
        let byConfiguration = await world.send(
            "GET", "/servicenetworkresourceassociations?resourceConfigurationIdentifier=\(group)")
        #expect(byConfiguration.elements("items").count == 2)
    }
}
