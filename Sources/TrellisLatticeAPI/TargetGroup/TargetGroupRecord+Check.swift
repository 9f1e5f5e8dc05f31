package import TrellisModel
package import TrellisStore

extension TargetGroupRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws { [try KeyClaim(IndexKeys(scope).targetGroupName(name), IndexRecord(id))] }
    }

    package var changedAt: Timestamp? { lastUpdatedAt }

    package var progress: String? { status.progress }
}
