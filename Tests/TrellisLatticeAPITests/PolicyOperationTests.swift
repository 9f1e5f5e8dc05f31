import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

@Suite struct PolicyOperationTests {
    static let authPolicy =
        #"{ "Statement": {"Effect":"Allow","Principal":"*","Action":"vpc-lattice-svcs:Invoke","Resource":"*"} }"#
    static let resourcePolicy =
        #"{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"#
        + #""Action":"vpc-lattice:GetServiceNetwork","Resource":"*"}}"#

    static func body(_ policy: String) -> String {
        String(decoding: JSONValue.object(["policy": .string(policy)]).encoded(), as: UTF8.self)
    }

    static func path(_ kind: String, _ tail: String) -> String { "/\(kind)/" + TestWorld.encoded(TestWorld.arn(tail)) }

    @Test func authPolicyIsKeptAsGiven() async throws {
        let world = try TestWorld()
        for id in [try await world.makeNetwork(), try await world.makeService()] {
            let empty = await world.send("GET", "/authpolicy/\(id)")
            #expect(empty.status == 200)
            #expect(empty.members == [])

            let put = await world.send("PUT", "/authpolicy/\(id)", Self.body(Self.authPolicy))
            #expect(put.status == 200)
            #expect(put.json == .object(["policy": .string(Self.authPolicy), "state": "Inactive"]))
            let created = await world.send("GET", "/authpolicy/\(id)").text("createdAt")

            world.clock.advance(by: .seconds(5))
            let spaced = Self.authPolicy + "\n"
            #expect(await world.send("PUT", "/authpolicy/\(id)", Self.body(spaced)).status == 200)
            let read = await world.send("GET", "/authpolicy/\(id)")
            #expect(read.text("policy") == spaced)
            #expect(read.text("createdAt") == created)
            #expect(read.text("lastUpdatedAt") != created)

            #expect(await world.send("DELETE", "/authpolicy/\(id)").status == 204)
            #expect(await world.send("DELETE", "/authpolicy/\(id)").status == 204)
            #expect(await world.send("GET", "/authpolicy/\(id)").members == [])
        }
    }

    @Test func resourcePolicyIsKeptAsGiven() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        let path = Self.path("resourcepolicy", "servicenetwork/\(network)")
        #expect(await world.send("GET", path).json == .object([:]))
        let put = await world.send("PUT", path, Self.body(Self.resourcePolicy))
        #expect(put.status == 200)
        #expect(put.json == .object([:]))
        #expect(await world.send("GET", path).json == .object(["policy": .string(Self.resourcePolicy)]))
        #expect(await world.send("DELETE", path).status == 204)
        #expect(await world.send("GET", path).json == .object([:]))
    }

    @Test func authPoliciesAreFoundByARN() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let path = Self.path("authpolicy", "service/\(service)")
        #expect(await world.send("PUT", path, Self.body(Self.authPolicy)).status == 200)
        #expect(await world.send("GET", "/authpolicy/\(service)").text("policy") == Self.authPolicy)
    }

    @Test(
        arguments: [
            "", " ", "{}", "not json", #"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
            #"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}}"#,
        ])
    func badAuthPolicyIsRefused(_ policy: String) async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let reply = await world.send("PUT", "/authpolicy/\(service)", Self.body(policy))
        #expect(reply.status == 400)
        #expect(reply.errorType == "ValidationException")
        #expect(reply.fields == ["policy"])
        #expect(reply.text("message").contains("(at $"))
        #expect(await world.send("GET", "/authpolicy/\(service)").members == [])
    }

    @Test func sizesAreBounded() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        func padded(_ policy: String, to size: Int) -> String {
            policy + String(repeating: " ", count: size - policy.utf8.count)
        }
        let auth = "/authpolicy/\(service)"
        #expect(await world.send("PUT", auth, Self.body(padded(Self.authPolicy, to: 10_240))).status == 200)
        #expect(await world.send("PUT", auth, Self.body(padded(Self.authPolicy, to: 10_241))).status == 400)
        #expect(await world.send("PUT", auth, Self.body(padded(Self.authPolicy, to: 36_865))).status == 400)
        let resource = Self.path("resourcepolicy", "service/\(service)")
        #expect(await world.send("PUT", resource, Self.body(padded(Self.resourcePolicy, to: 10_000))).status == 200)
        #expect(await world.send("PUT", resource, Self.body(padded(Self.resourcePolicy, to: 10_001))).status == 400)
        for blank in ["", " "] {
            #expect(await world.send("PUT", resource, Self.body(blank)).status == 400)
        }
        #expect(await world.send("PUT", auth, "{}").status == 400)
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let missing = "svc-0123456789abcdef0"
        let foreign = "arn:aws:vpc-lattice:us-west-2:444455556666:service/\(missing)"
        for (method, body) in [("PUT", Self.body(Self.authPolicy)), ("GET", ""), ("DELETE", "")] {
            for id in [missing, "sn-0123456789abcdef0"] {
                let reply = await world.send(method, "/authpolicy/\(id)", body)
                #expect(reply.status == 404)
                #expect(reply.errorType == "ResourceNotFoundException")
            }
            #expect(await world.send(method, "/authpolicy/\(TestWorld.encoded(foreign))", body).status == 403)
            #expect(await world.send(method, "/authpolicy/service", body).status == 400)
        }
        let resource = "/resourcepolicy/"
        for (method, body) in [("PUT", Self.body(Self.resourcePolicy)), ("GET", ""), ("DELETE", "")] {
            #expect(await world.send(method, resource + TestWorld.encoded(foreign), body).status == 403)
            #expect(await world.send(method, resource + service, body).status == 400)
            #expect(await world.send(method, Self.path("resourcepolicy", "service/\(missing)"), body).status == 404)
        }
    }

    @Test func resourceConfigurationHasAResourcePolicyOnly() async throws {
        let world = try TestWorld()
        let gateway = try await world.makeGateway()
        let configuration = try await world.makeConfiguration(behind: gateway)
        for (method, body) in [("PUT", Self.body(Self.authPolicy)), ("GET", ""), ("DELETE", "")] {
            let reply = await world.send(method, "/authpolicy/\(configuration)", body)
            #expect(reply.status == 400)
            #expect(reply.fields == ["resourceIdentifier"])
        }
        let path = Self.path("resourcepolicy", "resourceconfiguration/\(configuration)")
        #expect(await world.send("PUT", path, Self.body(Self.resourcePolicy)).status == 200)
        #expect(await world.send("GET", path).text("policy") == Self.resourcePolicy)
        let bucket = "arn:aws:s3:::access-logs-of-the-resource"
        let log = try await world.subscribe(configuration, to: bucket)
        let shown = await world.send("GET", "/accesslogsubscriptions/\(log)")
        #expect(shown.text("resourceArn") == TestWorld.arn("resourceconfiguration/\(configuration)"))
        #expect(shown["serviceNetworkLogType"] == nil)
        #expect(await world.send("DELETE", "/resourceconfigurations/\(configuration)").status == 204)
        #expect(await world.send("GET", path).status == 404)
        #expect(await world.send("GET", "/accesslogsubscriptions/\(log)").status == 404)
        try await world.settle()
        #expect(try await !world.keys().contains { $0.contains(configuration) })
    }

    @Test func otherAccountsAndRegionsSeeNothing() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        _ = await world.send("PUT", "/authpolicy/\(service)", Self.body(Self.authPolicy))
        let account = try #require(TrellisAccount.other)
        let region = try #require(TrellisAccount.otherRegion)
        #expect(await world.send("GET", "/authpolicy/\(service)", account: account).status == 404)
        #expect(await world.send("GET", "/authpolicy/\(service)", region: region).status == 404)
    }

    @Test func policiesGoAwayWithTheirResource() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let network = try await world.makeNetwork()
        for (id, tail) in [(service, "service/\(service)"), (network, "servicenetwork/\(network)")] {
            #expect(await world.send("PUT", "/authpolicy/\(id)", Self.body(Self.authPolicy)).status == 200)
            let path = Self.path("resourcepolicy", tail)
            #expect(await world.send("PUT", path, Self.body(Self.resourcePolicy)).status == 200)
        }
        #expect(await world.send("DELETE", "/services/\(service)").status == 200)
        // A service that is being deleted takes no policy any more.
        #expect(await world.send("PUT", "/authpolicy/\(service)", Self.body(Self.authPolicy)).status == 404)
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
        try await world.settle()
        #expect(try await world.keys() == [])
    }
}
