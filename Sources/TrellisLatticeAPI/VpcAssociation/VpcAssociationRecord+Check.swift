package import TrellisModel
package import TrellisStore

extension VpcAssociationRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            // The owner of a network has no claim on the VPCs of others.
            return try [
                scope == ownerOfVPC ? keys.vpc(vpc) : nil, keys.vpcAssociation(id, of: serviceNetwork),
            ].compactMap(\.self).map { try KeyClaim($0, IndexRecord(id)) }
        }
    }

    package var references: [StoreKey] { [.serviceNetwork(serviceNetwork, in: ownerOfNetwork)] + counterpartKeys }

    package var changedAt: Timestamp? { lastUpdatedAt }

    package var progress: String? { status.progress }
}
