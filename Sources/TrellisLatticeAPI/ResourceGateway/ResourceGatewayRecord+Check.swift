package import TrellisModel
package import TrellisStore

extension ResourceGatewayRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            return [
                try KeyClaim(keys.resourceGatewayName(name), IndexRecord(id)),
                try KeyClaim(keys.gateway(id, of: vpc), IndexRecord(id)),
            ]
        }
    }

    package var changedAt: Timestamp? { lastUpdatedAt }

    package var progress: String? { status.progress }
}
