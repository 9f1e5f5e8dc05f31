package import TrellisModel
package import TrellisStore

extension ListenerRecord: CheckedRecord {
    package static let kind = RecordKind.listener

    package var key: StoreKey { .listener(id, of: service, in: scope) }

    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            return [
                try KeyClaim(keys.listenerName(name, of: service), IndexRecord(id)),
                try KeyClaim(keys.listenerPort(port, of: service), IndexRecord(id)),
            ] + (try defaultRulePlace.claims(of: defaultAction))
        }
    }

    package var references: [StoreKey] {
        [.service(service, in: scope)] + defaultAction.targetGroupIDs.map { .targetGroup($0, in: scope) }
    }

    package var changedAt: Timestamp? { lastUpdatedAt }
}
