import TrellisAPI
import TrellisModel
import TrellisStore

extension RecordReader {
    func accessLogSubscription(
        _ id: AccessLogSubscriptionID, in scope: Scope
    ) async throws -> AccessLogSubscriptionRecord {
        try await found(id, at: .accessLogSubscription(id, in: scope))
    }

    /// The subscriptions of a network, service or resource configuration, by its id.
    func accessLogSubscriptions(of owner: String, in scope: Scope) async throws -> [AccessLogSubscriptionRecord] {
        var found: [AccessLogSubscriptionRecord] = []
        for entry in try await list(IndexRecord.self, under: IndexKeys(scope).accessLogSubscriptions(of: owner)) {
            guard let id = AccessLogSubscriptionID(entry.id),
                let record = try await get(
                    AccessLogSubscriptionRecord.self, at: .accessLogSubscription(id, in: scope))
            else { continue }
            found.append(record)
        }
        return found
    }
}

extension StoreSession {
    func remove(_ subscription: AccessLogSubscriptionRecord) {
        release(subscription.destinationARN, of: subscription)
        delete(.accessLogSubscription(subscription.id, in: subscription.scope))
    }

    /// What goes away with a network, service or resource configuration, in the transaction that deletes it.
    func removeAccessLogSubscriptions<Kind: ResourceKind>(of owner: ResourceID<Kind>, in scope: Scope) async throws {
        for subscription in try await accessLogSubscriptions(of: owner.rawValue, in: scope) { remove(subscription) }
    }

    /// Takes the owner's one place for destinations of this kind.
    ///
    /// - Throws: ConflictException about the subscription that has it.
    func take(
        _ kind: AccessLogDestination.Kind, of owner: AccessLogOwner, in scope: Scope, for id: AccessLogSubscriptionID
    ) async throws {
        try await take(
            IndexKeys(scope).accessLogSubscription(of: owner.id, to: kind), for: id,
            orSay: "\(owner.arn) already has an access log subscription with a destination of type \(kind.title)")
    }

    /// Frees the place that a subscription has by its destination.
    func release(_ destinationARN: String, of subscription: AccessLogSubscriptionRecord) {
        guard let kind = AccessLogDestination(arn: destinationARN)?.kind else { return }
        delete(IndexKeys(subscription.scope).accessLogSubscription(of: subscription.owner.id, to: kind))
    }
}

extension AccessLogDestination.Kind {
    fileprivate var title: String {
        switch self {
        case .logGroup: "CloudWatch log group"
        case .bucket: "S3 bucket"
        case .deliveryStream: "Firehose delivery stream"
        }
    }
}

extension InputReader {
    /// The required `destinationArn` as it was given, and what it means.
    func accessLogDestination() -> AccessLogDestinationInput {
        let name = "destinationArn"
        let arn = requiredString(name, as: LatticeShapes.accessLogDestinationARN)
        guard !arn.isEmpty else { return AccessLogDestinationInput(arn: arn, kind: .logGroup) }
        guard let destination = AccessLogDestination(arn: arn) else {
            report(
                name, value: arn,
                "Member must be the ARN of a CloudWatch log group, an S3 bucket or a Firehose delivery stream")
            return AccessLogDestinationInput(arn: arn, kind: .logGroup)
        }
        return AccessLogDestinationInput(arn: arn, kind: destination.kind)
    }
}

struct AccessLogDestinationInput {
    var arn: String
    var kind: AccessLogDestination.Kind
}

extension AccessLogSubscriptionRecord {
    var createdJSON: JSONValue { members.showing(allBut: "createdAt", "lastUpdatedAt") }

    var updatedJSON: JSONValue { members.showing("id", "arn", "resourceId", "resourceArn", "destinationArn") }

    /// A list shows what a get shows.
    var fullJSON: JSONValue { members.all }

    private var members: ResourceMembers {
        ResourceMembers([
            "id": .id(id), "arn": .string(arn), "resourceId": .string(owner.id), "resourceArn": .string(owner.arn),
            "destinationArn": .string(destinationARN),
            "serviceNetworkLogType": serviceNetworkLogType.map { .raw($0) },
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
        ])
    }
}
