import Foundation
import Logging
import ServiceLifecycle
import Testing
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

@Suite(.timeLimit(.minutes(5))) struct LifecycleWorkerTests {
    private static let atOnce = LifecycleConfiguration(
        transitionDelay: .zero, drainDelay: .zero, tokenSweepInterval: .seconds(3600), retryDelay: .zero)

    /// Runs a worker over the world's store while `body` runs.
    private func withWorker(
        _ world: TestWorld, on store: (any Store)? = nil, timer: any Clock<Duration> = ContinuousClock(),
        _ configuration: LifecycleConfiguration = atOnce, _ body: () async throws -> Void
    ) async throws {
        let worker = LifecycleWorker(
            store: store ?? world.store, clock: world.clock, timer: timer, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func everythingInProgressIsCompleted() async throws {
        let world = try TestWorld()
        try await withWorker(world) {
            let network = try await world.makeNetwork()
            let service = await world.send("POST", "/services", #"{"name":"new"}"#).id
            let group = await world.send("POST", "/targetgroups", #"{"name":"new","type":"LAMBDA"}"#).id
            let first = await world.send(
                "POST", "/servicenetworkserviceassociations",
                #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#
            ).id
            let second = await world.send(
                "POST", "/servicenetworkvpcassociations",
                #"{"vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"\#(network)"}"#
            ).id
            let paths = [
                "/servicenetworkserviceassociations/\(first)", "/servicenetworkvpcassociations/\(second)",
                "/services/\(service)", "/targetgroups/\(group)",
            ]
            for path in paths { try await world.wait { await world.send("GET", path).text("status") == "ACTIVE" } }

            let groups = #"{"securityGroupIds":["sg-01234567"]}"#
            #expect(await world.send("PATCH", paths[1], groups).text("status") == "UPDATE_IN_PROGRESS")
            try await world.wait { await world.send("GET", paths[1]).text("status") == "ACTIVE" }

            let function = try await world.makeFunction()
            _ = await world.register(function, with: group)
            let targets = #"{"targets":[{"id":"\#(function)"}]}"#
            _ = await world.send("POST", "/targetgroups/\(group)/deregistertargets", targets)
            try await world.wait {
                await world.send("POST", "/targetgroups/\(group)/listtargets").elements("items").isEmpty
            }
            for path in paths {
                #expect(await world.send("DELETE", path).text("status") == "DELETE_IN_PROGRESS")
                try await world.wait { await world.send("GET", path).status == 404 }
            }
            #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
        }
        let left = try await world.keys()
        #expect(left.allSatisfy { $0.contains("/function") })
    }

    @Test func whatIsInProgressAtTheStartIsFound() async throws {
        let world = try TestWorld()
        var services: [String] = []
        for index in 0..<20 { services.append(try await world.makeService("service\(index)")) }
        _ = await world.send("DELETE", "/services/\(services[0])")
        try await withWorker(world) {
            try await world.wait {
                await world.send("GET", "/services").texts("items", "status") == Array(repeating: "ACTIVE", count: 19)
            }
        }
    }

    @Test func transitionsOutliveTheProcess() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "lattice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "store.sqlite").path

        // The first process ends while its worker waits.
        let store = try SQLiteStore.open(at: file)
        let world = try TestWorld(store: store)
        let timer = HeldTimer()
        let group = try await world.makeTargetGroup()
        let function = try await world.makeFunction()
        _ = await world.register(function, with: group)
        let service = try await world.makeService("kept")
        try await withWorker(world, timer: timer, LifecycleConfiguration()) {
            let gone = try await world.makeService("gone")
            _ = await world.send("DELETE", "/services/\(gone)")
            _ = await world.send(
                "POST", "/targetgroups/\(group)/deregistertargets", #"{"targets":[{"id":"\#(function)"}]}"#)
            await timer.waitForSleepers(4)
        }
        try await store.close()

        let reopened = try SQLiteStore.open(at: file)
        let later = try TestWorld(store: reopened, seed: 2)
        #expect(await later.send("GET", "/services/\(service)").text("status") == "CREATE_IN_PROGRESS")
        try await withWorker(later) {
            try await later.wait {
                await later.send("GET", "/services").texts("items", "status") == ["ACTIVE"]
            }
            try await later.wait {
                await later.send("POST", "/targetgroups/\(group)/listtargets").elements("items").isEmpty
            }
        }
        try await reopened.close()
    }

    @Test func delaysAreWaitedFor() async throws {
        let world = try TestWorld()
        let timer = HeldTimer()
        let group = try await world.makeTargetGroup()
        let function = try await world.makeFunction()
        _ = await world.register(function, with: group)
        let configuration = LifecycleConfiguration(transitionDelay: .milliseconds(100), drainDelay: .seconds(1))
        try await withWorker(world, timer: timer, configuration) {
            let service = try await world.makeService()
            let body = #"{"targets":[{"id":"\#(function)"}]}"#
            _ = await world.send("POST", "/targetgroups/\(group)/deregistertargets", body)
            // The third one waits for the next removal of client tokens.
            await timer.waitForSleepers(3)
            #expect(timer.durations == [.milliseconds(100), .seconds(1), .seconds(3600)])
            let list = "/targetgroups/\(group)/listtargets"
            #expect(await world.send("GET", "/services/\(service)").text("status") == "CREATE_IN_PROGRESS")
            #expect(await world.send("POST", list).texts("items", "status") == ["DRAINING"])
            timer.release(.milliseconds(100))
            try await world.wait { await world.send("GET", "/services/\(service)").text("status") == "ACTIVE" }
            #expect(await world.send("POST", list).texts("items", "status") == ["DRAINING"])
            timer.release(.seconds(1))
            try await world.wait { await world.send("POST", list).elements("items").isEmpty }
        }
    }

    @Test func defaultDelaysAreShort() {
        let configuration = LifecycleConfiguration()
        #expect(configuration.transitionDelay == .milliseconds(100))
        #expect(configuration.drainDelay == .seconds(1))
    }

    @Test func completionOfAnOlderStateDoesNothing() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let entries = try await world.store.range(under: .all(.service, in: TestWorld.scope)).entries
        let pending = try entries.compactMap { try PendingCompletion(key: $0.key, value: $0.value) }
        #expect(pending.count == 1)
        _ = await world.send("DELETE", "/services/\(service)")
        let surroundings = LifecycleSurroundings(clock: world.clock)
        for completion in pending { #expect(try await completion.complete(world.store, surroundings)) }
        #expect(await world.send("GET", "/services/\(service)").text("status") == "DELETE_IN_PROGRESS")
    }

    @Test func targetThatCameBackIsNotRemovedByItsOldDrain() async throws {
        let world = try TestWorld()
        let group = try await world.makeTargetGroup()
        let function = try await world.makeFunction()
        _ = await world.register(function, with: group)
        let body = #"{"targets":[{"id":"\#(function)"}]}"#
        _ = await world.send("POST", "/targetgroups/\(group)/deregistertargets", body)
        let entries = try await world.store.range(under: .all(.target, in: TestWorld.scope)).entries
        let pending = try entries.compactMap { try PendingCompletion(key: $0.key, value: $0.value) }
        _ = await world.register(function, with: group)
        let surroundings = LifecycleSurroundings(clock: world.clock)
        for completion in pending { #expect(try await completion.complete(world.store, surroundings)) }
        #expect(await world.send("POST", "/targetgroups/\(group)/listtargets").texts("items", "status") == ["UNUSED"])
    }

    @Test func pendingDomainIsLookedAtUntilItIsTooLate() async throws {
        let world = try TestWorld()
        let timer = HeldTimer()
        try await withWorker(world, timer: timer, LifecycleConfiguration()) {
            let path = "/domainverifications/"
            let first = await world.send("POST", path, #"{"domainName":"example.com"}"#).id
            // The sweep of tokens and the verification.
            for _ in 0..<3 {
                await timer.waitForSleepers(2)
                timer.release(.seconds(1))
            }
            await timer.waitForSleepers(2)
            #expect(await world.send("GET", path + first).text("status") == "PENDING")
            world.clock.advance(by: .seconds(72 * 3600))
            timer.release(.seconds(1))
            try await world.wait {
                await world.send("GET", path + first).text("status") == "VERIFICATION_TIMED_OUT"
            }
        }
    }

    @Test func failedCompletionIsTriedAgain() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        try await withWorker(world, on: FailingStore(world.store, failures: 3)) {
            try await world.wait { await world.send("GET", "/services/\(service)").text("status") == "ACTIVE" }
        }
    }

    @Test func workerThatFallsBehindTheChangeLogStartsOver() async throws {
        let store = try SQLiteStore.inMemory(keptRevisions: 1)
        let world = try TestWorld(store: store)
        try await withWorker(world) {
            for index in 0..<60 { _ = try await world.makeService("service\(index)") }
            try await world.wait {
                await world.send("GET", "/services").texts("items", "status").allSatisfy { $0 == "ACTIVE" }
            }
        }
    }

    @Test func unreadableRecordDoesNotStopTheOthers() async throws {
        let world = try TestWorld()
        let key = StoreKey(TestWorld.scope, .service, "svc-0123456789abcdef0")
        _ = try await world.store.commit(StoreTransaction(mutations: [.put(key, Array("{}".utf8))]))
        let group = await world.send("POST", "/targetgroups", #"{"name":"new","type":"LAMBDA"}"#).id
        try await withWorker(world) {
            try await world.wait { await world.send("GET", "/targetgroups/\(group)").text("status") == "ACTIVE" }
        }
    }

    @Test func twoWorkersShareAStore() async throws {
        let world = try TestWorld()
        try await withWorker(world) {
            try await withWorker(world) {
                for index in 0..<30 { _ = try await world.makeService("service\(index)") }
                try await world.wait {
                    await world.send("GET", "/services").texts("items", "status").allSatisfy { $0 == "ACTIVE" }
                }
            }
        }
    }

    @Test func workerEndsAtGracefulShutdownAndWhenTheStoreCloses() async throws {
        let store = try SQLiteStore.inMemory()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let worker = LifecycleWorker(store: store, clock: TestClock(), logger: logger)
        let services = ServiceGroup(services: [worker], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        try await store.close()
        try await worker.run()
    }
}

extension TestWorld {
    /// Returns when a condition holds that changes of the store bring about.
    func wait(until condition: () async throws -> Bool) async throws {
        while true {
            let revision = try await store.range(under: StoreKey(path: "/none")).revision
            if try await condition() { return }
            do {
                for try await _ in store.watch(under: .root, from: revision.next) where try await condition() { return }
            } catch StoreError.compacted {
                continue
            }
        }
    }
}
