package import TrellisModel
package import TrellisStore

extension ServiceNetworkRecord: CheckedRecord {
    package static let kind = RecordKind.serviceNetwork

    package var key: StoreKey { .serviceNetwork(id, in: scope) }

    package var claims: [KeyClaim] {
        get throws { [try KeyClaim(IndexKeys(scope).serviceNetworkName(name), IndexRecord(id))] }
    }

    package var changedAt: Timestamp? { lastUpdatedAt }
}
