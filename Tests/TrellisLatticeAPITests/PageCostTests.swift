import Synchronization
import Testing
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

/// What a page of a list reads, wherever it is.
@Suite struct PageCostTests {
    /// Counts the entries that reads have returned.
    private final class CountingStore: Store {
        private let base: SQLiteStore
        private let entries = Mutex(0)

        init() throws { base = try SQLiteStore.inMemory() }

        func takeCount() -> Int {
            entries.withLock { count in
                defer { count = 0 }; return count
            }
        }

        private func counted(_ range: StoreRange) -> StoreRange {
            entries.withLock { $0 += range.entries.count }
            return range
        }

        func get(_ key: StoreKey) async throws -> StoreEntry? { try await base.get(key) }

        func range(under prefix: StoreKey) async throws -> StoreRange {
            counted(try await base.range(under: prefix))
        }

        func range(under prefix: StoreKey, after key: StoreKey?, limit: Int) async throws -> StoreRange {
            counted(try await base.range(under: prefix, after: key, limit: limit))
        }

        func count(under prefix: StoreKey) async throws -> StoreCount { try await base.count(under: prefix) }

        func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome { try await base.commit(transaction) }

        func watch(under prefix: StoreKey, from revision: Revision) -> AsyncThrowingStream<StoreChangeSet, any Error> {
            base.watch(under: prefix, from: revision)
        }
    }

    @Test(arguments: ["/services", "/servicenetworks", "/targetgroups", "/resourcegateways"])
    func everyPageReadsAsMuch(path: String) async throws {
        let store = try CountingStore()
        let world = try TestWorld(store: store)
        for index in 0..<40 {
            let extra =
                switch path {
                case "/targetgroups": #","type":"LAMBDA""#
                case "/resourcegateways":
                    #","vpcIdentifier":"vpc-012345\#(10 + index)","subnetIds":["subnet-01234567"]"#
                default: ""
                }
            #expect(await world.send("POST", path, #"{"name":"name\#(index)"\#(extra)}"#).status == 201)
        }
        _ = store.takeCount()
        var token = ""
        for page in 0..<8 {
            let reply = await world.send("GET", "\(path)?maxResults=5\(token)")
            #expect(reply.texts("items", "name") == (0..<5).map { "name\(page * 5 + $0)" })
            // One more than is shown, to know whether there are more.
            #expect(store.takeCount() == (page < 7 ? 6 : 5))
            token = "&nextToken=\(reply.text("nextToken"))"
        }
        #expect(token == "&nextToken=")
    }

    /// Creating one more costs no more reads when there are many.
    @Test func creatingReadsNothingOfTheOthers() async throws {
        let store = try CountingStore()
        let world = try TestWorld(store: store)
        for index in 0..<80 { _ = try await world.makeService("name\(index)") }
        _ = store.takeCount()
        _ = try await world.makeService("last")
        #expect(store.takeCount() == 0)
    }

    @Test func nothingIsSkippedOrRepeatedWhileOthersWrite() async throws {
        let world = try TestWorld()
        var kept: [String] = []
        var passing: [String] = []
        for index in 0..<30 {
            (index % 3 == 0 ? { passing.append($0) } : { kept.append($0) })(try await world.makeService("name\(index)"))
        }
        try await world.settle()
        var seen: [String] = []
        var token = ""
        repeat {
            let reply = await world.send("GET", "/services?maxResults=3\(token)")
            seen += reply.texts("items", "id")
            token = reply["nextToken"].map { _ in "&nextToken=\(reply.text("nextToken"))" } ?? ""
            _ = try await world.makeService("new\(seen.count)")
            if let gone = passing.popLast() {
                #expect(await world.send("DELETE", "/services/\(gone)").status == 200)
                try await world.settle()
            }
        } while !token.isEmpty && seen.count < 200
        #expect(Set(seen).count == seen.count)
        #expect(Set(kept).isSubset(of: seen))
    }

    /// Ids of older data are in no order of time; their list is in the order of the ids.
    @Test func idsWithoutAnOrderAreListedOnceEach() async throws {
        let world = try TestWorld()
        let ids = ["svc-0ffffffffffffffff", "svc-00000000000000001", "svc-zzzzzzzzzzzzzzzzz", "svc-0123456789abcdef0"]
        for id in ids {
            let service = ServiceRecord(
                id: ServiceID(id).unsafelyRequired, scope: TestWorld.scope, name: id, authType: .none,
                customDomainName: nil, certificateARN: nil, idleTimeoutSeconds: 60, status: .active,
                createdAt: world.clock.now(), lastUpdatedAt: world.clock.now(), tags: [:])
            try await world.store.transaction { try $0.put(service, at: .service(service.id, in: TestWorld.scope)) }
        }
        var seen: [String] = []
        var token = ""
        for _ in ids {
            let reply = await world.send("GET", "/services?maxResults=1\(token)")
            seen += reply.texts("items", "id")
            token = "&nextToken=\(reply.text("nextToken"))"
        }
        #expect(seen == ids.sorted())
    }

    @Test(arguments: ["1", "1zz", "16b", "2", "16b2f", "16b41", "1736563", "16b00", "k"])
    func tokensOfNoListAreRefused(token: String) async throws {
        let world = try TestWorld()
        let reply = await world.send("GET", "/services?nextToken=\(token)")
        #expect(reply.status == 400)
        #expect(reply.fields == ["nextToken"])
    }

    @Test func filtersKeepTheirPages() async throws {
        let world = try TestWorld()
        let networks = [try await world.makeNetwork("one"), try await world.makeNetwork("two")]
        var services: [String] = []
        for index in 0..<6 {
            services.append(try await world.makeService("name\(index)"))
            _ = try await world.associate(service: services[index], with: networks[index % 2])
            _ = try await world.associate(vpc: "vpc-0000000\(index)", with: networks[index % 2])
        }
        for (path, member, expected) in [
            (
                "/servicenetworkserviceassociations?serviceNetworkIdentifier=\(networks[1])", "serviceId",
                [1, 3, 5].map { services[$0] }
            ),
            ("/servicenetworkserviceassociations?serviceIdentifier=\(services[2])", "serviceId", [services[2]]),
            (
                "/servicenetworkserviceassociations?serviceIdentifier=\(services[2])&serviceNetworkIdentifier=\(networks[1])",
                "serviceId", []
            ),
            (
                "/servicenetworkserviceassociations?serviceIdentifier=\(services[2])&serviceNetworkIdentifier=\(networks[0])",
                "serviceId", [services[2]]
            ),
            (
                "/servicenetworkvpcassociations?serviceNetworkIdentifier=\(networks[0])", "vpcId",
                [0, 2, 4].map { "vpc-0000000\($0)" }
            ),
            ("/servicenetworkvpcassociations?vpcIdentifier=vpc-00000003", "vpcId", ["vpc-00000003"]),
            (
                "/servicenetworkvpcassociations?vpcIdentifier=vpc-00000003&serviceNetworkIdentifier=\(networks[0])",
                "vpcId", []
            ),
        ] {
            for limit in [1, 2, 100] {
                var seen: [String] = []
                var token = ""
                repeat {
                    let reply = await world.send("GET", "\(path)&maxResults=\(limit)\(token)")
                    #expect(reply.elements("items").count <= limit)
                    seen += reply.texts("items", member)
                    token = reply["nextToken"].map { _ in "&nextToken=\(reply.text("nextToken"))" } ?? ""
                } while !token.isEmpty && seen.count < 20
                #expect(seen == expected, "\(path) by \(limit)")
            }
        }
    }
}

@Suite struct WriteGatesTests {
    @Test func differentPlacesRunBesideEachOther() async throws {
        let gates = WriteGates()
        let services = ["svc-0123456789abcdef0", "svc-0123456789abcdef1"].compactMap(ServiceID.init)
        let places = services.map { WritePlace.service($0, TestWorld.scope) }
        await gates.run(at: places[0]) {
            // Would wait for ever if there were one gate for both.
            await gates.run(at: places[1]) { #expect(gates.count == 2) }
            #expect(gates.count == 1)
        }
        #expect(gates.count == 0)
        await #expect(throws: CancellationError.self) {
            try await gates.run(at: .everything) { throw CancellationError() }
        }
        #expect(gates.count == 0)
    }
}
