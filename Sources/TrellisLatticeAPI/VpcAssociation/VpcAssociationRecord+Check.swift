package import TrellisModel
package import TrellisStore

extension VpcAssociationRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            return [
                try KeyClaim(keys.vpc(vpc), IndexRecord(id)),
                try KeyClaim(keys.vpcAssociation(id, of: serviceNetwork), IndexRecord(id)),
            ]
        }
    }

    package var references: [StoreKey] { [.serviceNetwork(serviceNetwork, in: scope)] }

    package var changedAt: Timestamp? { lastUpdatedAt }

    package var progress: String? { status.progress }
}
