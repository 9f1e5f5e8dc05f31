import TrellisModel

@testable import TrellisRouting

/// Records with readable defaults, and ids made from small numbers.
enum Records {
    static let scope = Scope(
        account: wellFormed(AccountID("123456789012")), region: wellFormed(Region("us-east-1")))
    static let otherScope = Scope(
        account: wellFormed(AccountID("210987654321")), region: wellFormed(Region("us-east-1")))

    static func id<Kind: ResourceKind>(_ number: Int, as kind: ResourceID<Kind>.Type = ResourceID<Kind>.self)
        -> ResourceID<Kind>
    {
        let digits = String(number)
        return wellFormed(
            ResourceID<Kind>("\(Kind.idPrefix)-" + String(repeating: "0", count: 17 - digits.count) + digits))
    }

    static func at(_ second: Int) -> Timestamp { Timestamp(millisecondsSinceEpoch: Int64(second) * 1000) }

    static func service(
        _ number: Int, name: String? = nil, domain: String? = nil, status: LifecycleStatus = .active,
        idleTimeout: Int = 60, scope: Scope = scope, created: Int? = nil
    ) -> ServiceRecord {
        ServiceRecord(
            id: id(number), scope: scope, name: name ?? "service-\(number)", authType: .none, customDomainName: domain,
            certificateARN: nil, idleTimeoutSeconds: idleTimeout, status: status, createdAt: at(created ?? number),
            lastUpdatedAt: at(created ?? number), tags: [:])
    }

    static func listener(
        _ number: Int, of service: Int, port: Int = 80, protocol: ListenerProtocol = .http,
        action: RuleAction = .fixedResponse(statusCode: 404)
    ) -> ListenerRecord {
        ListenerRecord(
            id: id(number), service: id(service), scope: scope, name: "listener-name-\(number)", protocol: `protocol`,
            port: port, defaultAction: action, defaultRule: id(number + 900_000), createdAt: at(number),
            lastUpdatedAt: at(number), tags: [:])
    }

    static func rule(
        _ number: Int, listener: Int, service: Int, priority: Int, match: HTTPMatch,
        action: RuleAction = .fixedResponse(statusCode: 500)
    ) -> RuleRecord {
        RuleRecord(
            id: id(number), listener: id(listener), service: id(service), scope: scope, name: "rule-name-\(number)",
            priority: priority, match: match, action: action, createdAt: at(number), lastUpdatedAt: at(number),
            tags: [:])
    }

    static func group(
        _ number: Int, status: LifecycleStatus = .active, type: TargetGroupType = .lambda,
        version: EventStructureVersion = .v2
    ) -> TargetGroupRecord {
        TargetGroupRecord(
            id: id(number), scope: scope, name: "group-\(number)", type: type, eventStructureVersion: version,
            status: status, createdAt: at(number), lastUpdatedAt: at(number), tags: [:])
    }

    static func functionARN(_ name: String) -> String { "arn:aws:lambda:us-east-1:123456789012:function:\(name)" }

    static func target(_ name: String, group: Int, draining: Bool = false, registered: Int = 0) -> TargetRecord {
        TargetRecord(
            id: functionARN(name), targetGroup: id(group), scope: scope, registeredAt: at(registered),
            isDraining: draining)
    }

    static func network(_ number: Int) -> ServiceNetworkRecord {
        ServiceNetworkRecord(
            id: id(number), scope: scope, name: "network-\(number)", authType: .none, isSharingEnabled: true,
            createdAt: at(number), lastUpdatedAt: at(number), tags: [:])
    }

    static func vpcAssociation(
        _ number: Int, network: Int, vpc: String, status: LifecycleStatus = .active
    ) -> VpcAssociationRecord {
        VpcAssociationRecord(
            id: id(number), scope: scope, createdBy: scope.account, serviceNetwork: id(network), vpc: vpc,
            securityGroups: [], status: status, createdAt: at(number), lastUpdatedAt: at(number), tags: [:])
    }

    static func serviceAssociation(
        _ number: Int, network: Int, service: Int, status: LifecycleStatus = .active, created: Int? = nil
    ) -> ServiceAssociationRecord {
        ServiceAssociationRecord(
            id: id(number), scope: scope, createdBy: scope.account, serviceNetwork: id(network), service: id(service),
            status: status, createdAt: at(created ?? number), tags: [:])
    }

    static func forward(_ groups: (Int, weight: Int)...) -> RuleAction {
        .forward(groups.map { WeightedTargetGroup(targetGroup: id($0.0), weight: $0.weight) })
    }
}

/// A request as a test writes it.
struct TestRequest: RequestView {
    var method = "GET"
    var target = "/"
    var headers: [(String, String)] = []

    func forEachHeader(_ visit: (_ name: String, _ value: String) -> Bool) {
        for (name, value) in headers where !visit(name, value) { return }
    }
}

extension Snapshot {
    /// The status code of the fixed response, or the id of the only group, that answers a request to `host`.
    func answer(
        host: String, port: Int = 80, from source: SourceVPC = .unrestricted, _ request: TestRequest = TestRequest()
    ) -> String {
        switch resolve(host: host, on: ListenerBinding(port: port, protocol: .http), from: source) {
        case .failure(let reason): return reason.rawValue
        case .success(let route):
            switch route.listener.action(for: request) {
            case .fixedResponse(let statusCode): return String(statusCode)
            case .forward(let forward):
                return forward.choices.map { choice in
                    targetGroup(choice)?.target.map { "\($0.name)" } ?? "no target"
                }.joined(separator: ",")
            }
        }
    }
}

/// A constant that is known to be well formed.
func wellFormed<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a constant of the tests is malformed") }
    return value
}
