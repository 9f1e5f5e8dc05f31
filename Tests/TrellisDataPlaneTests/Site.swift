import TrellisModel
import TrellisRouting

/// Records of one small site, and the snapshots they make.
struct Site {
    static let scope = Scope(
        account: wellFormed(AccountID("123456789012")), region: wellFormed(Region("us-east-1")))
    static let vpc = "vpc-0a1b2c3d4e5f60718"
    static let host = "shop.localhost"

    private(set) var compiler: SnapshotCompiler
    private(set) var snapshot = Snapshot()

    /// Service `shop`, number 1, in network 1 with one VPC, a listener 1 on port 80, group 1 with function `first`.
    init(
        action: RuleAction = forward((1, 100)), rules: [RuleRecord] = [], version: EventStructureVersion = .v2,
        idleTimeout: Int = 60, addresses: TargetAddresses = TargetAddresses()
    ) {
        compiler = SnapshotCompiler(addresses: addresses)
        apply(
            [
                .putServiceNetwork(Self.network(1)),
                .putVpcAssociation(Self.vpcAssociation(1, network: 1)),
                .putService(Self.service(1, name: "shop", idleTimeout: idleTimeout)),
                .putServiceAssociation(Self.serviceAssociation(1, network: 1, service: 1)),
                .putListener(Self.listener(1, of: 1, port: 80, action: action)),
                .putTargetGroup(Self.group(1, version: version)),
                .putTarget(Self.target("first", group: 1)),
            ] + rules.map(RecordChange.putRule))
    }

    mutating func apply(_ changes: [RecordChange]) {
        snapshot = compiler.apply(changes)
    }

    // MARK: Records

    static let epoch = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    static func id<Kind: ResourceKind>(_ number: Int) -> ResourceID<Kind> {
        let digits = String(number)
        return wellFormed(
            ResourceID<Kind>("\(Kind.idPrefix)-" + String(repeating: "0", count: 17 - digits.count) + digits))
    }

    static func service(
        _ number: Int, name: String, idleTimeout: Int = 60, status: LifecycleStatus = .active,
        customDomain: String? = nil
    ) -> ServiceRecord {
        ServiceRecord(
            id: id(number), scope: scope, name: name, authType: .none, customDomainName: customDomain,
            certificateARN: nil,
            idleTimeoutSeconds: idleTimeout, status: status, createdAt: epoch, lastUpdatedAt: epoch, tags: [:])
    }

    static func listener(
        _ number: Int, of service: Int, port: Int, protocol: ListenerProtocol = .http, action: RuleAction
    ) -> ListenerRecord {
        ListenerRecord(
            id: id(number), service: id(service), scope: scope, name: "listener-name-\(number)", protocol: `protocol`,
            port: port, defaultAction: action, defaultRule: id(number), createdAt: epoch, lastUpdatedAt: epoch,
            tags: [:])
    }

    static func rule(_ number: Int, path: String, action: RuleAction) -> RuleRecord {
        RuleRecord(
            id: id(number), listener: id(1), service: id(1), scope: scope, name: "rule-name-\(number)",
            priority: number, match: HTTPMatch(path: PathMatch(.prefix(path))), action: action, createdAt: epoch,
            lastUpdatedAt: epoch, tags: [:])
    }

    static func group(
        _ number: Int, type: TargetGroupType = .lambda, version: EventStructureVersion = .v2
    ) -> TargetGroupRecord {
        TargetGroupRecord(
            id: id(number), scope: scope, name: "group-\(number)", type: type, eventStructureVersion: version,
            status: .active, createdAt: epoch, lastUpdatedAt: epoch, tags: [:])
    }

    static func functionARN(_ name: String) -> String { "arn:aws:lambda:us-east-1:123456789012:function:\(name)" }

    static func target(_ name: String, group: Int, draining: Bool = false) -> TargetRecord {
        TargetRecord(
            id: functionARN(name), targetGroup: id(group), scope: scope, registeredAt: epoch, isDraining: draining)
    }

    static func network(_ number: Int) -> ServiceNetworkRecord {
        ServiceNetworkRecord(
            id: id(number), scope: scope, name: "network-\(number)", authType: .none, isSharingEnabled: true,
            createdAt: epoch, lastUpdatedAt: epoch, tags: [:])
    }

    static func vpcAssociation(_ number: Int, network: Int) -> VpcAssociationRecord {
        VpcAssociationRecord(
            id: id(number), scope: scope, createdBy: scope.account, serviceNetwork: id(network), vpc: vpc,
            securityGroups: [], status: .active, createdAt: epoch, lastUpdatedAt: epoch, tags: [:])
    }

    static func serviceAssociation(_ number: Int, network: Int, service: Int) -> ServiceAssociationRecord {
        ServiceAssociationRecord(
            id: id(number), scope: scope, createdBy: scope.account, serviceNetwork: id(network), service: id(service),
            status: .active, createdAt: epoch, tags: [:])
    }

    static func forward(_ groups: (Int, Int)...) -> RuleAction {
        .forward(groups.map { WeightedTargetGroup(targetGroup: id($0.0), weight: $0.1) })
    }
}

/// A constant that is known to be well formed.
func wellFormed<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a constant of the tests is malformed") }
    return value
}
