package import TrellisModel
package import TrellisStore

/// A verification may be pending for days and is never stuck.
extension DomainVerificationRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws { [try KeyClaim(IndexKeys(scope).verifiedDomain(domainName), IndexRecord(id))] }
    }

    package var changedAt: Timestamp? { createdAt }
}
