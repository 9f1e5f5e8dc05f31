package import TrellisModel
package import TrellisStore

extension RuleRecord: CheckedRecord {
    package static let kind = RecordKind.rule

    package var key: StoreKey { .rule(id, of: listener, of: service, in: scope) }

    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            return [
                try KeyClaim(keys.ruleName(name, of: listener), IndexRecord(id)),
                try KeyClaim(keys.rulePriority(priority, of: listener), IndexRecord(id)),
            ] + (try place.claims(of: action))
        }
    }

    package var references: [StoreKey] {
        [.service(service, in: scope), .listener(listener, of: service, in: scope)]
            + action.targetGroupIDs.map { .targetGroup($0, in: scope) }
    }

    package var changedAt: Timestamp? { lastUpdatedAt }
}
