import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

/// Ids and full ARNs name the same resource; names and foreign ARNs name none.
@Suite struct IdentifierTests {
    private static let places: [(String, String)] = [
        ("/servicenetworks/", "servicenetwork/{network}"), ("/services/", "service/{service}"),
        ("/services/{service}/listeners/", "service/{service}/listener/{listener}"),
        (
            "/services/{service}/listeners/{listener}/rules/",
            "service/{service}/listener/{listener}/rule/{rule}"
        ),
        ("/targetgroups/", "targetgroup/{group}"),
        (
            "/servicenetworkserviceassociations/", "servicenetworkserviceassociation/{serviceAssociation}"
        ),
        ("/servicenetworkvpcassociations/", "servicenetworkvpcassociation/{vpcAssociation}"),
        ("/accesslogsubscriptions/", "accesslogsubscription/{accessLog}"),
    ]

    private func get(_ example: ServedExample, _ place: (String, String), _ prefix: String) async -> Reply {
        let arn = example.expanded("\(prefix):\(place.1)")
        return await example.send("GET", place.0 + TestWorld.encoded(arn))
    }

    @Test(arguments: places)
    func fullARNIsAnIdentifier(_ place: (String, String)) async throws {
        let example = try await ServedExample()
        let byARN = await get(example, place, "arn:aws:vpc-lattice:us-west-2:111122223333")
        #expect(byARN.status == 200)
        #expect(byARN.text("arn") == example.expanded(TestWorld.arn(place.1)))
        #expect(byARN.id == byARN.text("arn").split(separator: "/").last.map(String.init))
    }

    @Test(arguments: places)
    func arnOfAnotherAccountIsDenied(_ place: (String, String)) async throws {
        let example = try await ServedExample()
        let reply = await get(example, place, "arn:aws:vpc-lattice:us-west-2:444455556666")
        #expect(reply.status == 403)
        #expect(reply.errorType == "AccessDeniedException")
        let sentence = "User: arn:aws:iam::111122223333:root is not authorized to perform: vpc-lattice:Get"
        #expect(reply.text("message").hasPrefix(sentence))
        #expect(reply.members == ["message"])
    }

    @Test(
        arguments: places,
        ["arn:aws:vpc-lattice:eu-central-1:111122223333", "arn:aws-cn:vpc-lattice:us-west-2:111122223333"])
    func arnOfAnotherRegionOrPartitionIsNotFound(_ place: (String, String), _ prefix: String) async throws {
        let example = try await ServedExample()
        let reply = await get(example, place, prefix)
        #expect(reply.status == 404)
        #expect(reply.errorType == "ResourceNotFoundException")
        #expect(reply.members == ["message", "resourceId", "resourceType"])
    }

    @Test func idsOfAnotherAccountAreNotFound() async throws {
        let example = try await ServedExample()
        let other = try #require(TrellisAccount.other)
        let reply = await example.world.send("GET", "/services/\(example.service)", account: other)
        #expect(reply.status == 404)
    }

    @Test func arnOfAChildMustNameTheParentOfThePath() async throws {
        let example = try await ServedExample()
        let other = try await example.world.makeService("other")
        let otherListener = try await example.world.makeListener(of: example.service, "other", port: 81)
        let listener = TestWorld.arn("service/\(example.service)/listener/\(example.listener)")
        let rule = TestWorld.arn("service/\(example.service)/listener/\(example.listener)/rule/\(example.rule)")
        for path in [
            "/services/\(other)/listeners/\(TestWorld.encoded(listener))",
            "/services/\(example.service)/listeners/\(otherListener)/rules/\(TestWorld.encoded(rule))",
            "/services/\(other)/listeners/\(example.listener)/rules/\(TestWorld.encoded(rule))",
        ] {
            #expect(await example.world.send("GET", path).status == 404, "\(path)")
        }
    }

    @Test func bodiesTakeARNsToo() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService()
        let group = try await world.makeTargetGroup()
        _ = try await world.makeListener(
            of: service, action: TestWorld.forward(TestWorld.arn("targetgroup/\(group)")))
        #expect(await world.send("GET", "/targetgroups/\(group)").elements("serviceArns").count == 1)
        _ = try await world.associate(
            service: TestWorld.arn("service/\(service)"), with: TestWorld.arn("servicenetwork/\(network)"))
        let foreign = "arn:aws:vpc-lattice:us-west-2:444455556666:servicenetwork/\(network)"
        let denied = await world.send(
            "POST", "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(foreign)"}"#)
        #expect(denied.status == 403)
        // The same group by id and by ARN is the same group.
        let twice = await world.send(
            "POST", "/services/\(service)/listeners",
            #"{"name":"new","protocol":"HTTP","port":81,"defaultAction":"#
                + TestWorld.forward(group, TestWorld.arn("targetgroup/\(group)")) + "}")
        #expect(twice.fields == ["defaultAction.forward.targetGroups[1].targetGroupIdentifier"])
    }
}
