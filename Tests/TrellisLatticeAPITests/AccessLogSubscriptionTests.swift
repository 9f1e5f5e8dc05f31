import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

@Suite struct AccessLogSubscriptionTests {
    static let logGroup = "arn:aws:logs:us-west-2:111122223333:log-group:/lattice/orders:*"
    static let bucket = "arn:aws:s3:::access-logs/lattice"
    static let stream = "arn:aws:firehose:us-west-2:111122223333:deliverystream/access"

    private func subscribe(
        _ world: TestWorld, _ owner: String, to destination: String, extra: String = ""
    ) async -> Reply {
        await world.send(
            "POST", "/accesslogsubscriptions",
            #"{"resourceIdentifier":"\#(owner)","destinationArn":"\#(destination)"\#(extra)}"#)
    }

    @Test(arguments: [logGroup, bucket, stream])
    func createdSubscriptionIsReadBack(_ destination: String) async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let created = await subscribe(world, network, to: destination)
        #expect(created.status == 201)
        #expect(
            created.json
                == .object([
                    "id": .string(created.id), "arn": .string(TestWorld.arn("accesslogsubscription/\(created.id)")),
                    "resourceId": .string(network), "destinationArn": .string(destination),
                    "resourceArn": .string(TestWorld.arn("servicenetwork/\(network)")),
                    "serviceNetworkLogType": "SERVICE",
                ]))
        let read = await world.send("GET", "/accesslogsubscriptions/\(created.id)")
        #expect(read.members == created.members.union(["createdAt", "lastUpdatedAt"]))
        #expect(read.text("createdAt") == "2023-11-14T22:13:20.000Z")
        let listed = await world.send("GET", "/accesslogsubscriptions?resourceIdentifier=\(network)")
        #expect(listed.elements("items") == [try #require(read.json)])
        #expect(listed["nextToken"] == nil)
    }

    @Test func logTypeIsOfNetworksOnly() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let resource = #","serviceNetworkLogType":"RESOURCE""#
        let ofNetwork = await subscribe(world, try await world.makeNetwork(), to: Self.bucket, extra: resource)
        #expect(ofNetwork.text("serviceNetworkLogType") == "RESOURCE")
        let refused = await subscribe(world, service, to: Self.bucket, extra: resource)
        #expect(refused.status == 400)
        #expect(refused.fields == ["serviceNetworkLogType"])
        let ofService = await subscribe(world, TestWorld.arn("service/\(service)"), to: Self.bucket)
        #expect(ofService.status == 201)
        #expect(ofService["serviceNetworkLogType"] == nil)
        #expect(ofService.text("resourceArn") == TestWorld.arn("service/\(service)"))
    }

    @Test func resourceHasOneForEachKindOfDestination() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let first = await subscribe(world, service, to: Self.bucket)
        let second = await subscribe(world, service, to: "arn:aws:s3:::another-bucket")
        #expect(second.status == 409)
        #expect(second.errorType == "ConflictException")
        #expect(second.text("resourceId") == first.id)
        #expect(second.text("resourceType") == "ACCESS_LOG_SUBSCRIPTION")
        #expect(await subscribe(world, service, to: Self.stream).status == 201)
        // Another resource has places of its own, and a place is free after the deletion.
        #expect(await subscribe(world, try await world.makeService("other"), to: Self.bucket).status == 201)
        #expect(await world.send("DELETE", "/accesslogsubscriptions/\(first.id)").status == 204)
        #expect(await world.send("GET", "/accesslogsubscriptions/\(first.id)").status == 404)
        #expect(await subscribe(world, service, to: "arn:aws:s3:::another-bucket").status == 201)
    }

    @Test func updateMovesTheDestination() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let id = await subscribe(world, service, to: Self.bucket).id
        _ = await subscribe(world, service, to: Self.stream)
        world.clock.advance(by: .milliseconds(5))
        let path = "/accesslogsubscriptions/\(id)"
        let taken = await world.send("PATCH", path, #"{"destinationArn":"\#(Self.stream)"}"#)
        #expect(taken.status == 409)
        #expect(await world.send("GET", path).text("destinationArn") == Self.bucket)

        let moved = await world.send("PATCH", path, #"{"destinationArn":"\#(Self.logGroup)"}"#)
        #expect(moved.status == 200)
        #expect(moved.members == ["id", "arn", "resourceId", "resourceArn", "destinationArn"])
        #expect(moved.text("destinationArn") == Self.logGroup)
        let read = await world.send("GET", path)
        #expect(read.text("lastUpdatedAt") == "2023-11-14T22:13:20.005Z")
        #expect(read.text("createdAt") == "2023-11-14T22:13:20.000Z")
        // The bucket's place is free, the log group's is taken; the same destination again is no conflict.
        #expect(await world.send("PATCH", path, #"{"destinationArn":"\#(Self.logGroup)"}"#).status == 200)
        #expect(await subscribe(world, service, to: Self.bucket).status == 201)
        #expect(await subscribe(world, service, to: Self.logGroup.replacing(":*", with: "")).status == 409)
    }

    @Test func listIsOfOneResourceAndPaged() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        var ids: [String] = []
        for destination in [Self.stream, Self.bucket, Self.logGroup] {
            ids.append(await subscribe(world, network, to: destination).id)
            world.clock.advance(by: .milliseconds(1))
        }
        _ = await subscribe(world, try await world.makeService(), to: Self.bucket)
        let path =
            "/accesslogsubscriptions?resourceIdentifier=\(TestWorld.encoded(TestWorld.arn("servicenetwork/\(network)")))"
        let first = await world.send("GET", path + "&maxResults=2")
        #expect(first.texts("items", "id") == Array(ids[..<2]))
        let second = await world.send("GET", path + "&nextToken=\(first.text("nextToken"))")
        #expect(second.texts("items", "id") == [ids[2]])
        #expect(second["nextToken"] == nil)
    }

    @Test func unknownResourceHasNoSubscriptionsAndTakesNone() async throws {
        let world = try TestWorld()
        for id in ["sn-0123456789abcdef0", "svc-0123456789abcdef0"] {
            let listed = await world.send("GET", "/accesslogsubscriptions?resourceIdentifier=\(id)")
            #expect(listed.json == .object(["items": .array([])]))
            let refused = await subscribe(world, id, to: Self.bucket)
            #expect(refused.status == 404)
            #expect(refused.text("resourceId") == id)
        }
        let foreign = "arn:aws:vpc-lattice:us-west-2:444455556666:service/svc-0123456789abcdef0"
        #expect(await subscribe(world, foreign, to: Self.bucket).status == 403)
        #expect(
            await world.send("GET", "/accesslogsubscriptions?resourceIdentifier=\(TestWorld.encoded(foreign))").status
                == 403)
        let elsewhere = "arn:aws:vpc-lattice:eu-central-1:111122223333:service/svc-0123456789abcdef0"
        #expect(await subscribe(world, elsewhere, to: Self.bucket).status == 404)
        #expect(
            await world.send("GET", "/accesslogsubscriptions?resourceIdentifier=\(TestWorld.encoded(elsewhere))").json
                == .object(["items": .array([])]))
        for (method, body) in [("GET", ""), ("DELETE", ""), ("PATCH", #"{"destinationArn":"\#(Self.bucket)"}"#)] {
            let reply = await world.send(method, "/accesslogsubscriptions/als-0123456789abcdef0", body)
            #expect(reply.status == 404)
            #expect(reply.text("resourceType") == "ACCESS_LOG_SUBSCRIPTION")
        }
    }

    @Test func subscriptionsGoWithTheirResource() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let service = try await world.makeService()
        try await world.settle()
        var ids: [String] = []
        for owner in [network, service] {
            for destination in [Self.logGroup, Self.bucket, Self.stream] {
                ids.append(await subscribe(world, owner, to: destination).id)
            }
        }
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
        #expect(await world.send("DELETE", "/services/\(service)").status == 200)
        for id in ids { #expect(await world.send("GET", "/accesslogsubscriptions/\(id)").status == 404) }
        // Nothing can be added to what is being deleted, and nothing is left over.
        #expect(await subscribe(world, service, to: Self.bucket).status == 409)
        try await world.settle()
        #expect(try await world.keys() == [])
    }

    @Test(arguments: [
        "arn:aws:logs:us-west-2:111122223333:log-group:a", "arn:aws:logs:us-west-2:111122223333:log-group:a:*",
        "arn:aws:s3:::bucket.name-1", "arn:aws:s3:::bucket-name/", "arn:aws:s3:::bucket-name/a/b/",
        "arn:aws:firehose:us-west-2:111122223333:deliverystream/a_B-c.1",
    ])
    func destinationsOfEveryKindAreTaken(_ arn: String) async throws {
        let world = try TestWorld()
        let reply = await subscribe(world, try await world.makeService(), to: arn)
        #expect(reply.status == 201)
        #expect(reply.text("destinationArn") == arn)
    }

    @Test func destinationsAreUnderstood() {
        #expect(AccessLogDestination(arn: Self.logGroup) == .logGroup(name: "/lattice/orders"))
        #expect(AccessLogDestination(arn: Self.bucket) == .bucket(name: "access-logs", prefix: "lattice"))
        #expect(AccessLogDestination(arn: "arn:aws:s3:::logs/a/b/") == .bucket(name: "logs", prefix: "a/b"))
        #expect(AccessLogDestination(arn: "arn:aws:s3:::logs") == .bucket(name: "logs", prefix: nil))
        #expect(AccessLogDestination(arn: Self.stream) == .deliveryStream(name: "access"))
    }
}
