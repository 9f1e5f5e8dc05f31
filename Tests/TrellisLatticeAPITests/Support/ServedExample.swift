import TrellisAPI

/// One of everything, and paths that name it.
struct ServedExample: Sendable {
    let world: TestWorld
    let network: String
    let service: String
    let listener: String
    let rule: String
    let group: String
    let function: String
    let serviceAssociation: String
    let vpcAssociation: String
    let accessLog: String
    /// Names in braces for what goes through a resource gateway, with their ids.
    let vpcResources: [String: String]

    init(_ world: TestWorld) async throws {
        self.world = world
        network = try await world.makeNetwork()
        service = try await world.makeService()
        group = try await world.makeTargetGroup()
        listener = try await world.makeListener(of: service)
        rule = try await world.makeRule(of: listener, in: service, action: TestWorld.forward(group))
        function = try await world.makeFunction()
        _ = await world.register(function, with: group)
        serviceAssociation = try await world.associate(service: service, with: network)
        vpcAssociation = try await world.associate(vpc: "vpc-0123456789abcdef0", with: network)
        accessLog = try await world.subscribe(network, to: "arn:aws:s3:::access-logs-of-the-network")
        vpcResources = try await world.makeVpcResources()
    }

    init() async throws {
        try await self.init(TestWorld())
    }

    /// `{service}` and the like replaced by ids, `{arn}` by the encoded ARN of the service.
    func expanded(_ text: String) -> String {
        let names = [
            "{network}": network, "{service}": service, "{listener}": listener, "{rule}": rule, "{group}": group,
            "{function}": function, "{serviceAssociation}": serviceAssociation, "{vpcAssociation}": vpcAssociation,
            "{accessLog}": accessLog,
            "{arn}": TestWorld.encoded(TestWorld.arn("service/\(service)")),
        ]
        return names.merging(vpcResources) { name, _ in name }.reduce(text) { $0.replacing($1.key, with: $1.value) }
    }

    func send(_ method: String, _ path: String, _ body: String = "") async -> Reply {
        await world.send(method, expanded(path), expanded(body))
    }
}
