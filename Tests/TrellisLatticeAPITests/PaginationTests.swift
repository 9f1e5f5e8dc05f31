import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct PaginationTests {
    /// All pages of a list, one after the other.
    private func pages(
        _ world: TestWorld, _ path: String, method: String = "GET", limit: Int, member: String = "name"
    ) async throws -> [[String]] {
        var pages: [[String]] = []
        var token: String?
        repeat {
            let separator = path.contains("?") ? "&" : "?"
            let next = token.map { "&nextToken=\($0)" } ?? ""
            let reply = await world.send(method, "\(path)\(separator)maxResults=\(limit)\(next)")
            try #require(reply.status == 200)
            pages.append(reply.texts("items", member))
            token = reply["nextToken"]?.text
        } while token != nil && pages.count < 50
        return pages
    }

    @Test func everyListIsInOrderOfCreation() async throws {
        var quotas = LatticeQuotas()
        quotas[.listenersPerService] = 10
        let world = try TestWorld(quotas: quotas)
        let names = ["zebra", "ape", "mouse", "bear", "yak"]
        var services: [String] = []
        for (index, name) in names.enumerated() {
            _ = try await world.makeNetwork(name)
            services.append(try await world.makeService(name))
            _ = try await world.makeTargetGroup(name)
            _ = try await world.makeListener(of: services[0], name, port: 80 + index)
            world.clock.advance(by: .milliseconds(1))
        }
        for path in ["/servicenetworks", "/services", "/targetgroups", "/services/\(services[0])/listeners"] {
            let pairs = [["zebra", "ape"], ["mouse", "bear"], ["yak"]]
            #expect(try await pages(world, path, limit: 2) == pairs, "\(path)")
            #expect(try await pages(world, path, limit: 5) == [names], "\(path)")
        }
    }

    @Test func rulesBeginWithTheDefaultRule() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let listener = try await world.makeListener(of: service)
        for (index, name) in ["second", "first"].enumerated() {
            world.clock.advance(by: .milliseconds(1))
            _ = try await world.makeRule(of: listener, in: service, name, priority: 9 - index)
        }
        let path = "/services/\(service)/listeners/\(listener)/rules"
        #expect(try await pages(world, path, limit: 1) == [["default"], ["second"], ["first"]])
    }

    @Test func associationsAndTargetsArePaged() async throws {
        let world = try TestWorld()
        let network = try await world.makeNetwork()
        for name in ["one", "two", "three"] {
            _ = try await world.associate(service: try await world.makeService(name), with: network)
            world.clock.advance(by: .milliseconds(1))
        }
        #expect(
            try await pages(
                world, "/servicenetworkserviceassociations?serviceNetworkIdentifier=\(network)", limit: 2,
                member: "serviceName") == [["one", "two"], ["three"]])

        let group = try await world.makeTargetGroup()
        let (one, two) = (try await world.makeFunction("one"), try await world.makeFunction("two"))
        _ = await world.register(two, with: group)
        _ = await world.send("POST", "/targetgroups/\(group)/deregistertargets", #"{"targets":[{"id":"\#(two)"}]}"#)
        world.clock.advance(by: .milliseconds(1))
        _ = await world.register(one, with: group)
        #expect(
            try await pages(world, "/targetgroups/\(group)/listtargets", method: "POST", limit: 1, member: "id")
                == [[two], [one]])
    }

    @Test func tokenSurvivesChangesOfTheList() async throws {
        let world = try TestWorld()
        var ids: [String] = []
        for name in ["one", "two", "three", "four"] {
            ids.append(try await world.makeService(name))
            world.clock.advance(by: .milliseconds(1))
        }
        let first = await world.send("GET", "/services?maxResults=2")
        #expect(first.texts("items", "name") == ["one", "two"])
        // What was shown goes away, and something new comes.
        for id in ids[0...1] { _ = await world.send("DELETE", "/services/\(id)") }
        try await world.settle()
        _ = try await world.makeService("five")
        let second = await world.send("GET", "/services?nextToken=\(first.text("nextToken"))")
        #expect(second.texts("items", "name") == ["three", "four", "five"])
        #expect(second["nextToken"] == nil)
    }

    @Test func hundredIsTheDefaultPage() async throws {
        let world = try TestWorld()
        for index in 0..<101 { _ = try await world.makeService("service\(index)") }
        let reply = await world.send("GET", "/services")
        #expect(reply.elements("items").count == 100)
        #expect(reply["nextToken"] != nil)
        // Everything was created in the same millisecond: every service is shown, and once.
        let names = try await pages(world, "/services", limit: 7).flatMap(\.self)
        #expect(names.count == 101)
        #expect(Set(names).count == 101)
    }

    @Test func emptyListHasNoToken() async throws {
        let world = try TestWorld()
        #expect(await world.send("GET", "/services").json == .object(["items": .array([])]))
    }
}
