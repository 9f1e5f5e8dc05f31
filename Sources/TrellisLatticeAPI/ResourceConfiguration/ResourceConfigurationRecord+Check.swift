package import TrellisModel
package import TrellisStore

/// The verification of its domain may be deleted while the configuration names it.
extension ResourceConfigurationRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            return try [
                keys.resourceConfigurationName(name), keys.configuration(id, of: gateway),
                group.map { keys.child(id, of: $0) }, domainVerification.map { keys.configuration(id, of: $0) },
            ].compactMap(\.self).map { try KeyClaim($0, IndexRecord(id)) }
        }
    }

    package var references: [StoreKey] {
        [.resourceGateway(gateway, in: scope)]
            + [group].compactMap(\.self).map { .resourceConfiguration($0, in: scope) }
    }

    package var changedAt: Timestamp? { lastUpdatedAt }

    package var progress: String? { status.progress }
}
