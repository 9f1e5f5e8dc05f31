import Synchronization
import Testing
import TrellisModel

@testable import TrellisLatticeAPI

@Suite struct RemoteTargetTests {
    private static let statuses: [String: RemoteFunctions.Status] = [
        "exists": .exists, "missing": .missing, "untold": .notTold, "unknown": .unknown(reason: "nobody"),
    ]

    private static func world(_ asked: @escaping @Sendable (FunctionARN) -> Void = { _ in }) throws -> TestWorld {
        try TestWorld(
            remoteFunctions: RemoteFunctions { function in
                asked(function)
                return statuses[function.name.rawValue] ?? .notRemote
            })
    }

    @Test(arguments: ["exists", "untold"])
    func aRemoteFunctionIsRegisteredAndItsPolicyLeftAlone(_ name: String) async throws {
        let world = try Self.world()
        let group = try await world.makeTargetGroup()
        // One of the same name here does not matter.
        try await world.makeFunction(name)
        let function = TestWorld.functionARN(name)
        #expect(await world.register(function, with: group).texts("successful", "id") == [function])
        #expect(await world.register("\(function):live", with: group).texts("unsuccessful", "failureCode").count == 1)
        #expect(try await world.policy(of: name) == nil)
    }

    @Test(arguments: [("missing", "Function not found"), ("unknown", "cannot be looked up at its endpoint: nobody")])
    func oneThatIsNotThereIsRefused(_ name: String, _ words: String) async throws {
        let world = try Self.world()
        let group = try await world.makeTargetGroup()
        try await world.makeFunction(name)
        let reply = await world.register(TestWorld.functionARN(name), with: group)
        #expect(reply.elements("successful").isEmpty)
        #expect(reply.text("unsuccessful[0].failureCode") == "InvalidTarget")
        #expect(reply.text("unsuccessful[0].failureMessage").contains(words))
    }

    @Test func onlyFunctionsThatMayBeTargetsAreAskedFor() async throws {
        let asked = Mutex<[String]>([])
        let world = try Self.world { function in asked.withLock { $0.append("\(function)") } }
        let group = try await world.makeTargetGroup()
        let other = "arn:aws:lambda:us-west-2:444455556666:function:exists"
        #expect(await world.register(other, with: group).text("unsuccessful[0].failureMessage").contains("account"))
        #expect(await world.register("nonsense", with: group).elements("successful").isEmpty)
        let own = try await world.makeFunction("own")
        #expect(await world.register(own, with: group).texts("successful", "id") == [own])
        #expect(try await world.policy(of: "own")?.statements.count == 1)
        #expect(asked.withLock(\.self) == [own])
    }
}
