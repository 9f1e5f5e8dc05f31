import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

/// What a second account, the consumer, does with the shared network of a ``ServedExample``; policies and targets with
/// ports besides.
struct SharedExample: Sendable {
    static let consumer = TrellisAccount.other.unsafelyRequired

    let example: ServedExample
    private var names: [String: String] = [:]

    init(_ example: ServedExample) async throws {
        self.example = example
        let world = example.world
        let network = TestWorld.arn("servicenetwork/\(example.network)")
        try await world.share(network, with: Self.consumer)
        let everything = #"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#
        let policy = await world.send(
            "PUT", "/authpolicy/\(example.network)", PolicyOperationTests.body(everything))
        try #require(policy.status == 200, "\(String(describing: policy.json))")
        let addresses = try await world.makeTargetGroup("addresses", type: "IP")
        let registered = await world.send(
            "POST", "/targetgroups/\(addresses)/registertargets",
            #"{"targets":[{"id":"10.0.0.1"},{"id":"10.0.0.1","port":81}]}"#)
        try #require(registered.status == 200, "\(String(describing: registered.json))")
        names = ["{networkARN}": TestWorld.encoded(network), "{addresses}": addresses]
        let service = try await ask("/services", #"{"name":"consumers","customDomainName":"consumer.example"}"#)
        names["{sharedServiceAssociation}"] = try await ask(
            "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#)
        names["{sharedVpcAssociation}"] = try await ask(
            "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"vpc-76543210","serviceNetworkIdentifier":"\#(network)"}"#)
        let configuration = TestWorld.arn("resourceconfiguration/\(example.expanded("{configuration}"))")
        try await world.share(configuration, with: Self.consumer)
        let own = try await ask("/servicenetworks", #"{"name":"consumers"}"#)
        names["{sharedResourceAssociation}"] = try await ask(
            "/servicenetworkresourceassociations",
            #"{"resourceConfigurationIdentifier":"\#(configuration)","serviceNetworkIdentifier":"\#(own)"}"#)
        names["{resourceLog}"] = try await world.subscribe(configuration, to: "arn:aws:s3:::access-logs-of-resource")
        try await world.settle()
    }

    /// A request of the owner, with the names of the ``ServedExample`` and those of this one replaced by ids.
    func send(_ method: String, _ path: String, _ body: String = "") async -> Reply {
        await example.send(method, expanded(path), expanded(body))
    }

    private func expanded(_ text: String) -> String {
        names.reduce(text) { $0.replacing($1.key, with: $1.value) }
    }

    /// Makes something of the consumer's.
    private func ask(_ path: String, _ body: String) async throws -> String {
        let reply = await example.world.send("POST", path, body, account: Self.consumer)
        try #require((200...201).contains(reply.status), "\(String(describing: reply.json))")
        return reply.id
    }
}

extension TestWorld {
    /// Lets another account do everything with a resource that can be done with a shared one.
    func share(_ arn: String, with account: AccountID) async throws {
        let principal = #"{"AWS":"\#(account)"}"#
        let policy =
            #"{"Statement":{"Effect":"Allow","Principal":\#(principal),"Action":"vpc-lattice:*","Resource":"\#(arn)"}}"#
        let reply = await send("PUT", "/resourcepolicy/\(Self.encoded(arn))", PolicyOperationTests.body(policy))
        try #require(reply.status == 200, "\(String(describing: reply.json))")
    }
}
