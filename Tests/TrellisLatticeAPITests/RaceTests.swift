import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

/// What another writer does between the reads and the commit of an operation, each pair in both orders.
@Suite struct InterruptedOperationTests {
    private let interrupted: InterruptedStore
    /// Works on the store behind ``interrupted``.
    private let other: TestWorld
    private let world: TestWorld
    private let service: String
    private let listener: String
    private let group: String

    init() async throws {
        let store = try SQLiteStore.inMemory()
        interrupted = InterruptedStore(store)
        other = try TestWorld(store: store, seed: 2)
        world = try TestWorld(store: interrupted, seed: 3)
        service = try await other.makeService()
        listener = try await other.makeListener(of: service)
        group = try await other.makeTargetGroup()
    }

    private typealias Request = (method: String, target: String, body: String)

    /// The answer to the first request, when the second one is carried out just before the first one commits.
    private func answer(_ first: Request, interruptedBy second: Request) async throws -> Reply {
        interrupted.interruptNextCommit { [other] in
            let reply = await other.send(second.method, second.target, second.body)
            #expect(reply.status < 300, "\(String(describing: reply.json))")
        }
        let reply = await world.send(first.method, first.target, first.body)
        #expect(interrupted.takeConflicts() == 1)
        return reply
    }

    private var rules: String { "/services/\(service)/listeners/\(listener)/rules" }

    private func createRule(_ name: String = "new", priority: Int = 9, action: String? = nil) -> Request {
        let action = action ?? TestWorld.forward(group)
        return (
            "POST", rules,
            #"{"name":"\#(name)","priority":\#(priority),"match":\#(TestWorld.getMatch),"action":\#(action)}"#
        )
    }

    private func createListener(of service: String, port: Int = 81, action: String? = nil) -> Request {
        (
            "POST", "/services/\(service)/listeners",
            #"{"name":"new","protocol":"HTTP","port":\#(port),"defaultAction":\#(action ?? TestWorld.notFoundAction)}"#
        )
    }

    private func associate(_ service: String, _ network: String) -> Request {
        (
            "POST", "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#
        )
    }

    private func associateVpc(_ network: String) -> Request {
        (
            "POST", "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"\#(network)"}"#
        )
    }

    private func register(_ function: String) -> Request {
        ("POST", "/targetgroups/\(group)/registertargets", #"{"targets":[{"id":"\#(function)"}]}"#)
    }

    private func delete(_ path: String) -> Request { ("DELETE", path, "") }

    // MARK: Target groups

    @Test func ruleAndDeletionOfItsTargetGroup() async throws {
        let reply = try await answer(createRule(), interruptedBy: delete("/targetgroups/\(group)"))
        #expect(reply.status == 409)
        #expect(reply.text("message") == "TargetGroup \(group) is being deleted")
        #expect(try await world.keys().allSatisfy { !$0.contains("target-group-use") })
    }

    @Test func deletionOfTargetGroupAndARuleForIt() async throws {
        let reply = try await answer(delete("/targetgroups/\(group)"), interruptedBy: createRule())
        #expect(reply.status == 409)
        #expect(await world.send("GET", "/targetgroups/\(group)").text("status") == "ACTIVE")
    }

    @Test func updateOfListenerAndDeletionOfTargetGroup() async throws {
        let update: Request = (
            "PATCH", "/services/\(service)/listeners/\(listener)",
            #"{"defaultAction":\#(TestWorld.forward(group))}"#
        )
        #expect(try await answer(update, interruptedBy: delete("/targetgroups/\(group)")).status == 409)
    }

    @Test func twoServicesForOneTargetGroup() async throws {
        let second = try await other.makeService("second")
        let reply = try await answer(
            createRule(), interruptedBy: createListener(of: second, action: TestWorld.forward(group)))
        #expect(reply.status == 409)
        #expect(await world.send("GET", "/targetgroups/\(group)").elements("serviceArns").count == 1)
    }

    // MARK: Access log subscriptions

    private func subscribe(_ owner: String, _ bucket: String = "access-logs") -> Request {
        (
            "POST", "/accesslogsubscriptions",
            #"{"resourceIdentifier":"\#(owner)","destinationArn":"arn:aws:s3:::\#(bucket)"}"#
        )
    }

    @Test func subscriptionAndDeletionOfItsService() async throws {
        let reply = try await answer(subscribe(service), interruptedBy: delete("/services/\(service)"))
        #expect(reply.status == 409)
        #expect(try await world.keys().allSatisfy { !$0.contains("access-log-subscription") })
    }

    @Test func deletionOfNetworkAndASubscriptionOfIt() async throws {
        let network = try await other.makeNetwork()
        let reply = try await answer(delete("/servicenetworks/\(network)"), interruptedBy: subscribe(network))
        #expect(reply.status == 204)
        #expect(try await world.keys().allSatisfy { !$0.contains("access-log-subscription") })
    }

    @Test func twoSubscriptionsWithTheSameKindOfDestination() async throws {
        let reply = try await answer(subscribe(service, "one-bucket"), interruptedBy: subscribe(service, "two-bucket"))
        #expect(reply.status == 409)
        let listed = await world.send("GET", "/accesslogsubscriptions?resourceIdentifier=\(service)")
        #expect(listed.texts("items", "destinationArn") == ["arn:aws:s3:::two-bucket"])
    }

    // MARK: Targets

    @Test func twoFunctionsForOneGroup() async throws {
        let (one, two) = (try await other.makeFunction("one"), try await other.makeFunction("two"))
        let reply = try await answer(register(one), interruptedBy: register(two))
        #expect(reply.texts("unsuccessful", "failureCode") == ["UnsupportedTarget"])
        let listed = await world.send("POST", "/targetgroups/\(group)/listtargets")
        #expect(listed.texts("items", "id") == [two])
        #expect(try await world.policy(of: "one") == nil)
    }

    @Test func registrationAndDeletionOfTheGroup() async throws {
        let function = try await other.makeFunction()
        let reply = try await answer(register(function), interruptedBy: delete("/targetgroups/\(group)"))
        #expect(reply.status == 409)
        #expect(try await world.keys().allSatisfy { !$0.contains("/target/") && !$0.contains("/function-policy/") })
    }

    @Test func deletionOfTheGroupAndARegistration() async throws {
        let function = try await other.makeFunction()
        #expect(try await answer(delete("/targetgroups/\(group)"), interruptedBy: register(function)).status == 200)
        #expect(try await world.keys().allSatisfy { !$0.contains("/target/") })
    }

    @Test func registrationAndDeletionOfTheFunction() async throws {
        let function = try await other.makeFunction()
        let key = StoreKey.function(try #require(FunctionName("function")), in: TestWorld.scope)
        interrupted.interruptNextCommit { [other] in
            _ = try await other.store.commit(StoreTransaction(mutations: [.delete(key)]))
        }
        let request = register(function)
        let reply = await world.send(request.method, request.target, request.body)
        #expect(reply.texts("unsuccessful", "failureCode") == ["InvalidTarget"])
    }

    @Test func registrationKeepsAPermissionThatIsAddedMeanwhile() async throws {
        let function = try await other.makeFunction()
        let mine = FunctionPolicyStatement(
            sid: "mine", principal: .aws(TestWorld.account.rootARN), action: "lambda:InvokeFunction",
            resource: try #require(FunctionARN(function)), conditions: [:])
        interrupted.interruptNextCommit { [other] in
            try await other.setPolicy(FunctionPolicyRecord(statements: [mine], revisionID: "1"), of: "function")
        }
        let request = register(function)
        #expect(await world.send(request.method, request.target, request.body).elements("successful").count == 1)
        #expect(try await world.policy(of: "function")?.statements.map(\.sid) == ["mine", "vpc-lattice-\(group)"])
    }

    // MARK: Services, listeners and rules

    @Test func listenerAndDeletionOfItsService() async throws {
        let reply = try await answer(createListener(of: service), interruptedBy: delete("/services/\(service)"))
        #expect(reply.status == 409)
        #expect(try await world.keys().allSatisfy { !$0.contains("/listener") })
    }

    @Test func deletionOfServiceAndAListenerOfIt() async throws {
        let reply = try await answer(delete("/services/\(service)"), interruptedBy: createListener(of: service))
        #expect(reply.status == 200)
        #expect(try await world.keys().allSatisfy { !$0.contains("/listener") })
    }

    @Test func ruleAndDeletionOfItsListener() async throws {
        let reply = try await answer(
            createRule(), interruptedBy: delete("/services/\(service)/listeners/\(listener)"))
        #expect(reply.status == 404)
        #expect(try await world.keys().allSatisfy { !$0.contains("/rule") && !$0.contains("-use/") })
    }

    @Test func deletionOfListenerAndARuleOfIt() async throws {
        let reply = try await answer(
            delete("/services/\(service)/listeners/\(listener)"), interruptedBy: createRule())
        #expect(reply.status == 204)
        #expect(try await world.keys().allSatisfy { !$0.contains("/rule") && !$0.contains("-use/") })
    }

    @Test func deletionOfServiceAndARuleOfIt() async throws {
        #expect(try await answer(delete("/services/\(service)"), interruptedBy: createRule()).status == 200)
        #expect(await world.send("DELETE", "/targetgroups/\(group)").status == 200)
    }

    @Test func nameOfAService() async throws {
        let create: Request = ("POST", "/services", #"{"name":"new"}"#)
        #expect(try await answer(create, interruptedBy: create).status == 409)
    }

    @Test func portOfAListener() async throws {
        let other = createListener(of: service)
        let create = (other.method, other.target, other.body.replacing("new", with: "newer"))
        #expect(try await answer(create, interruptedBy: other).status == 409)
    }

    @Test func priorityOfARule() async throws {
        #expect(try await answer(createRule("one"), interruptedBy: createRule("two")).status == 409)
    }

    @Test func changedPriorityOfARule() async throws {
        let rule = try await other.makeRule(of: listener, in: service, priority: 1)
        let update: Request = ("PATCH", "\(rules)/\(rule)", #"{"priority":9}"#)
        #expect(try await answer(update, interruptedBy: createRule()).status == 409)
        #expect(await world.send("GET", "\(rules)/\(rule)")["priority"] == 1)
    }

    @Test func quotaOfNetworks() async throws {
        var quotas = LatticeQuotas()
        quotas[.serviceNetworksPerRegion] = 1
        let limited = try TestWorld(store: interrupted, quotas: quotas, seed: 4)
        interrupted.interruptNextCommit { [other] in _ = try await other.makeNetwork("one") }
        #expect(await limited.send("POST", "/servicenetworks", #"{"name":"two"}"#).status == 402)
    }

    @Test func sameClientToken() async throws {
        let create: Request = ("POST", "/services", #"{"name":"new","clientToken":"token"}"#)
        let reply = try await answer(create, interruptedBy: create)
        #expect(reply.status == 201)
        let listed = await world.send("GET", "/services")
        #expect(listed.texts("items", "id").contains(reply.id))
        #expect(listed.elements("items").count == 2)
    }

    /// The token was not there yet when it was read, but the name was taken when that was read.
    @Test func refusalThatIsBasedOnReadsOfTwoMomentsIsDecidedAgain() async throws {
        let body = #"{"name":"new","clientToken":"token"}"#
        interrupted.interruptAfterNextRead { [other] in _ = await other.send("POST", "/services", body) }
        let reply = await world.send("POST", "/services", body)
        #expect(reply.status == 201)
        let names = await world.send("GET", "/services").texts("items", "name")
        #expect(names.filter { $0 == "new" }.count == 1)
    }

    // MARK: Associations

    @Test func associationAndDeletionOfTheService() async throws {
        let network = try await other.makeNetwork()
        let reply = try await answer(associate(service, network), interruptedBy: delete("/services/\(service)"))
        #expect(reply.status == 409)
        #expect(await world.send("DELETE", "/servicenetworks/\(network)").status == 204)
    }

    @Test func deletionOfTheServiceAndAnAssociation() async throws {
        let network = try await other.makeNetwork()
        let reply = try await answer(delete("/services/\(service)"), interruptedBy: associate(service, network))
        #expect(reply.status == 409)
        #expect(await world.send("GET", "/services/\(service)/listeners").elements("items").count == 1)
    }

    @Test func associationAndDeletionOfTheNetwork() async throws {
        let network = try await other.makeNetwork()
        for request in [associate(service, network), associateVpc(network)] {
            let name = try await other.makeNetwork("network\(request.target.count)")
            let request = (request.method, request.target, request.body.replacing(network, with: name))
            #expect(try await answer(request, interruptedBy: delete("/servicenetworks/\(name)")).status == 404)
        }
    }

    @Test func deletionOfTheNetworkAndAnAssociation() async throws {
        for (index, kind) in ["service", "vpc"].enumerated() {
            let network = try await other.makeNetwork("network\(index)")
            let request = kind == "vpc" ? associateVpc(network) : associate(service, network)
            #expect(try await answer(delete("/servicenetworks/\(network)"), interruptedBy: request).status == 409)
        }
    }

    @Test func pairAndVpcAreTakenOnce() async throws {
        let network = try await other.makeNetwork()
        for request in [associate(service, network), associateVpc(network)] {
            #expect(try await answer(request, interruptedBy: request).status == 409)
        }
    }

    // MARK: The lifecycle

    @Test func completionAndAChangeBothCount() async throws {
        for (request, path) in [
            (("PATCH", "/services/\(service)", #"{"idleTimeoutSeconds":90}"#), "/services/\(service)"),
            (
                (
                    "POST", "/tags/" + TestWorld.encoded(TestWorld.arn("targetgroup/\(group)")),
                    #"{"tags":{"a":"b"}}"#
                ), "/targetgroups/\(group)"
            ),
        ] {
            let fresh = try await other.makeService("fresh\(path.count)")
            let target = request.1.replacing(service, with: fresh)
            interrupted.interruptNextCommit { [other] in try await other.settle() }
            #expect(await world.send(request.0, target, request.2).status == 200)
            #expect(await world.send("GET", path.replacing(service, with: fresh)).text("status") == "ACTIVE")
        }
    }
}

/// Many tasks at once, through two instances of the API, as two processes would.
@Suite(.timeLimit(.minutes(5))) struct ManyTasksTests {
    private let worlds: [TestWorld]

    init() throws {
        let store = try SQLiteStore.inMemory()
        worlds = [try TestWorld(store: store, seed: 1), try TestWorld(store: store, seed: 2)]
    }

    private func send(_ requests: [(String, String, String)]) async -> [Reply] {
        await withTaskGroup(of: Reply.self) { group in
            for (index, request) in requests.enumerated() {
                let world = worlds[index % worlds.count]
                group.addTask { await world.send(request.0, request.1, request.2) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func oneOfManyGetsTheName() async throws {
        let replies = await send(Array(repeating: ("POST", "/services", #"{"name":"same"}"#), count: 60))
        #expect(replies.filter { $0.status == 201 }.count == 1)
        #expect(replies.filter { $0.status == 409 }.count == 59)
    }

    @Test func everyoneGetsANameOfTheirOwn() async throws {
        let replies = await send((0..<120).map { ("POST", "/services", #"{"name":"service\#($0)"}"#) })
        #expect(replies.allSatisfy { $0.status == 201 })
        #expect(Set(replies.map(\.id)).count == 120)
    }

    @Test func sameTokenMakesOneResource() async throws {
        let body = #"{"name":"new","clientToken":"token"}"#
        let replies = await send(Array(repeating: ("POST", "/services", body), count: 40))
        #expect(replies.allSatisfy { $0.status == 201 })
        #expect(Set(replies.map(\.id)).count == 1)
    }

    @Test func rulesAndDeletionsOfTheirTargetGroup() async throws {
        let world = worlds[0]
        let service = try await world.makeService()
        let listener = try await world.makeListener(of: service)
        for round in 0..<10 {
            let group = try await world.makeTargetGroup("group\(round)")
            let rule =
                #"{"name":"rule","priority":1,"match":\#(TestWorld.getMatch),"action":\#(TestWorld.forward(group))}"#
            let rules = "/services/\(service)/listeners/\(listener)/rules"
            let replies = await send(
                Array(repeating: ("POST", rules, rule), count: 5)
                    + Array(repeating: ("DELETE", "/targetgroups/\(group)", ""), count: 5))
            let created = replies.filter { $0.status == 201 }
            let deleted = replies.filter { $0.status == 200 }
            #expect(created.count <= 1)
            #expect(created.isEmpty != deleted.isEmpty, "a group with a rule was deleted, or nobody won")
            #expect(replies.allSatisfy { [200, 201, 404, 409].contains($0.status) })
            if let id = created.first?.id { _ = await world.send("DELETE", "\(rules)/\(id)") }
        }
    }

    @Test func oneOfManyFunctionsIsRegistered() async throws {
        let world = worlds[0]
        let group = try await world.makeTargetGroup()
        var requests: [(String, String, String)] = []
        for index in 0..<20 {
            let function = try await world.makeFunction("function\(index)")
            requests.append(
                ("POST", "/targetgroups/\(group)/registertargets", #"{"targets":[{"id":"\#(function)"}]}"#))
        }
        let replies = await send(requests)
        #expect(replies.filter { $0.elements("successful").count == 1 }.count == 1)
        #expect(replies.allSatisfy { $0.status == 200 })
        let listed = await world.send("POST", "/targetgroups/\(group)/listtargets")
        #expect(listed.elements("items").count == 1)
        #expect(try await world.keys().filter { $0.contains("/function-policy/") }.count == 1)
    }
}
