import TrellisModel
import TrellisRouting

/// Records of services as the store keeps them, with ids made from small numbers.
enum Records {
    /// A constant of the benchmark is malformed.
    struct Malformed: Error {}

    static func wellFormed<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Malformed() }
        return value
    }

    static func scope() throws -> Scope {
        Scope(
            account: try wellFormed(AccountID("123456789012")), region: try wellFormed(Region("us-east-1")))
    }

    static func id<Kind: ResourceKind>(_ number: Int) throws -> ResourceID<Kind> {
        let digits = String(number)
        return try wellFormed(
            ResourceID<Kind>("\(Kind.idPrefix)-" + String(repeating: "0", count: 17 - digits.count) + digits))
    }

    static let time = Timestamp(millisecondsSinceEpoch: 1_750_000_000_000)

    static func network() throws -> ServiceNetworkRecord {
        ServiceNetworkRecord(
            id: try id(1), scope: try scope(), name: "network", authType: .none, isSharingEnabled: true,
            createdAt: time, lastUpdatedAt: time, tags: [:])
    }

    static func record(_ number: Int) throws -> ServiceRecord {
        ServiceRecord(
            id: try id(number), scope: try scope(), name: "service-\(number)", authType: .none, customDomainName: nil,
            certificateARN: nil, idleTimeoutSeconds: 60, status: .active, createdAt: time, lastUpdatedAt: time,
            tags: [:])
    }

    /// A service of the network `network()` with a listener on port 80 that answers 404 where no rule matches.
    static func service(_ number: Int, rules: Int = 0) throws -> [RecordChange] {
        let scope = try scope()
        let service = try record(number)
        let association = ServiceAssociationRecord(
            id: try id(number), scope: scope, createdBy: scope.account, serviceNetwork: try id(1),
            service: service.id, status: .active, createdAt: time, tags: [:])
        let listener = ListenerRecord(
            id: try id(number), service: service.id, scope: scope, name: "http", protocol: .http, port: 80,
            defaultAction: .fixedResponse(statusCode: 404), defaultRule: try id(number + 900_000), createdAt: time,
            lastUpdatedAt: time, tags: [:])
        return try [.putService(service), .putServiceAssociation(association), .putListener(listener)]
            + (0..<rules).map { .putRule(try rule($0, of: listener)) }
    }

    /// `GET`, a path of its own and a header; the request of ``SampleRequest`` matches the last of `count` rules.
    private static func rule(_ number: Int, of listener: ListenerRecord) throws -> RuleRecord {
        RuleRecord(
            id: try id(number + 1), listener: listener.id, service: listener.service, scope: try scope(),
            name: "rule-\(number)", priority: number + 1,
            match: HTTPMatch(
                method: "GET", path: PathMatch(.prefix("/tenants/\(number)/")),
                headers: [HeaderMatch(name: "accept", .contains("json"))]),
            action: .fixedResponse(statusCode: 200), createdAt: time, lastUpdatedAt: time, tags: [:])
    }

    static func snapshot(_ changes: [RecordChange]) throws -> Snapshot {
        var compiler = SnapshotCompiler()
        return compiler.apply([.putServiceNetwork(try network())] + changes)
    }
}
