package import TrellisModel
package import TrellisStore

extension AccessLogSubscriptionRecord: CheckedRecord {
    package static let kind = RecordKind.accessLogSubscription

    package var key: StoreKey { .accessLogSubscription(id, in: scope) }

    package var claims: [KeyClaim] {
        get throws {
            guard let kind = AccessLogDestination(arn: destinationARN)?.kind else {
                throw ConsistencyProblem("has a destination of no known kind")
            }
            return [try KeyClaim(IndexKeys(scope).accessLogSubscription(of: owner.id, to: kind), IndexRecord(id))]
        }
    }

    package var references: [StoreKey] { [PolicyResource(id: owner.id)?.key(in: scope)].compactMap(\.self) }

    package var changedAt: Timestamp? { lastUpdatedAt }
}
