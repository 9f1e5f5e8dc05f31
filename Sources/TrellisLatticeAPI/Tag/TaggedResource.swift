import TrellisAPI
import TrellisModel
import TrellisStore

/// A record that carries tags.
protocol TaggedRecord: StoredRecord {
    var tags: [String: String] { get set }
    /// What policies can ask of it besides its tags, by names in lower case.
    var conditionKeys: [String: [String]] { get }
}

extension ServiceNetworkRecord: TaggedRecord {}
extension ServiceRecord: TaggedRecord {}
extension ListenerRecord: TaggedRecord {}
extension RuleRecord: TaggedRecord {}
extension TargetGroupRecord: TaggedRecord {}
extension VpcAssociationRecord: TaggedRecord {}
extension ServiceAssociationRecord: TaggedRecord {}
extension AccessLogSubscriptionRecord: TaggedRecord {}
extension ResourceGatewayRecord: TaggedRecord {}
extension ResourceConfigurationRecord: TaggedRecord {}
extension ResourceAssociationRecord: TaggedRecord {}
extension DomainVerificationRecord: TaggedRecord {}

/// What the ARN of a tag operation names.
struct TaggedResource {
    private let reference: LatticeError.ResourceReference
    private let key: StoreKey
    private let type: any TaggedRecord.Type
    /// The listener whose default rule this may be.
    private let listenerKey: StoreKey?

    private init<Kind: ResourceKind>(
        _ id: ResourceID<Kind>, _ key: StoreKey, _ type: any TaggedRecord.Type, listenerKey: StoreKey? = nil
    ) {
        reference = LatticeError.ResourceReference(id)
        self.key = key
        self.type = type
        self.listenerKey = listenerKey
    }

    /// - Throws: AccessDeniedException for an ARN of another account, ResourceNotFoundException for one of another
    ///   Region or of something that has no tags.
    init(_ text: String, for call: APICall) throws {
        guard let arn = ARN(text) else {
            throw LatticeError.invalid("resourceArn", "'\(text)' is not an ARN")
        }
        try call.requireOwn(arn)
        guard call.isHere(arn), let resource = TaggedResource(tail: arn.resource, in: call.scope) else {
            throw LatticeError.notFound(LatticeError.ResourceReference(id: text, type: "RESOURCE"))
        }
        self = resource
    }

    private init?(tail: String, in scope: Scope) {
        let parts = tail.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let kinds = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }
        let ids = stride(from: 1, to: parts.count, by: 2).map { parts[$0] }
        guard kinds.count == ids.count, let last = ids.last else { return nil }
        switch kinds {
        case ["servicenetwork"]:
            guard let id = ServiceNetworkID(last) else { return nil }
            self.init(id, .serviceNetwork(id, in: scope), ServiceNetworkRecord.self)
        case ["service"]:
            guard let id = ServiceID(last) else { return nil }
            self.init(id, .service(id, in: scope), ServiceRecord.self)
        case ["targetgroup"]:
            guard let id = TargetGroupID(last) else { return nil }
            self.init(id, .targetGroup(id, in: scope), TargetGroupRecord.self)
        case ["servicenetworkvpcassociation"]:
            guard let id = VpcAssociationID(last) else { return nil }
            self.init(id, .vpcAssociation(id, in: scope), VpcAssociationRecord.self)
        case ["servicenetworkserviceassociation"]:
            guard let id = ServiceAssociationID(last) else { return nil }
            self.init(id, .serviceAssociation(id, in: scope), ServiceAssociationRecord.self)
        case ["accesslogsubscription"]:
            guard let id = AccessLogSubscriptionID(last) else { return nil }
            self.init(id, .accessLogSubscription(id, in: scope), AccessLogSubscriptionRecord.self)
        case ["resourcegateway"]:
            guard let id = ResourceGatewayID(last) else { return nil }
            self.init(id, .resourceGateway(id, in: scope), ResourceGatewayRecord.self)
        case ["resourceconfiguration"]:
            guard let id = ResourceConfigurationID(last) else { return nil }
            self.init(id, .resourceConfiguration(id, in: scope), ResourceConfigurationRecord.self)
        case ["servicenetworkresourceassociation"]:
            guard let id = ResourceAssociationID(last) else { return nil }
            self.init(id, .resourceAssociation(id, in: scope), ResourceAssociationRecord.self)
        case ["domainverification"]:
            guard let id = DomainVerificationID(last) else { return nil }
            self.init(id, .domainVerification(id, in: scope), DomainVerificationRecord.self)
        case ["service", "listener"]:
            guard let service = ServiceID(ids[0]), let id = ListenerID(last) else { return nil }
            self.init(id, .listener(id, of: service, in: scope), ListenerRecord.self)
        case ["service", "listener", "rule"]:
            guard let service = ServiceID(ids[0]), let listener = ListenerID(ids[1]), let id = RuleID(last) else {
                return nil
            }
            self.init(
                id, .rule(id, of: listener, of: service, in: scope), RuleRecord.self,
                listenerKey: .listener(listener, of: service, in: scope))
        default:
            return nil
        }
    }

    /// The tags; a default rule has none.
    func tags(in reader: some RecordReader) async throws -> [String: String] {
        if let record = try await reader.taggedRecord(type, at: key) { return record.tags }
        guard try await isDefaultRule(in: reader) else { throw LatticeError.notFound(reference) }
        return [:]
    }

    /// - Returns: `nil` if there is none, and for a default rule.
    func record(in reader: some RecordReader) async throws -> (any TaggedRecord)? {
        try await reader.taggedRecord(type, at: key)
    }

    /// - Throws: ValidationException for a default rule: it lives in its listener and cannot be tagged.
    func changeTags(in session: StoreSession, _ change: (inout [String: String]) throws -> Void) async throws {
        guard var record = try await session.taggedRecord(type, at: key) else {
            guard try await isDefaultRule(in: session) else { throw LatticeError.notFound(reference) }
            throw LatticeError.invalid(
                "resourceArn", "Rule \(reference.id) is a default rule and cannot be tagged; tag its listener")
        }
        let before = record.tags
        try change(&record.tags)
        if record.tags != before { try session.put(record, at: key) }
    }

    private func isDefaultRule(in reader: some RecordReader) async throws -> Bool {
        guard let listenerKey else { return false }
        return try await reader.get(ListenerRecord.self, at: listenerKey)?.defaultRule.rawValue == reference.id
    }
}

extension RecordReader {
    fileprivate func taggedRecord(
        _ type: any TaggedRecord.Type, at key: StoreKey
    ) async throws -> (any TaggedRecord)? {
        func opened<Record: TaggedRecord>(_ type: Record.Type) async throws -> Record? {
            try await get(type, at: key)
        }
        return try await opened(type)
    }
}
