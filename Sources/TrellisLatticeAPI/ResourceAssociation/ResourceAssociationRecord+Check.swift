package import TrellisModel
package import TrellisStore

extension ResourceAssociationRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            return [
                try KeyClaim(
                    keys.resourceAssociation(of: serviceNetwork, with: resourceConfiguration), IndexRecord(id)),
                try KeyClaim(
                    keys.resourceAssociation(of: resourceConfiguration, with: serviceNetwork), IndexRecord(id)),
            ]
        }
    }

    package var references: [StoreKey] {
        [
            .resourceConfiguration(resourceConfiguration, in: ownerOfConfiguration),
            .serviceNetwork(serviceNetwork, in: ownerOfNetwork),
        ] + counterpartKeys
    }

    package var changedAt: Timestamp? { lastUpdatedAt }

    package var progress: String? { status.progress }
}
