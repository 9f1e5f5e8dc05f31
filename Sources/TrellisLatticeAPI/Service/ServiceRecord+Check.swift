package import TrellisModel
package import TrellisStore

extension ServiceRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws { [try KeyClaim(IndexKeys(scope).serviceName(name), IndexRecord(id))] }
    }

    package var changedAt: Timestamp? { lastUpdatedAt }

    package var progress: String? { status.progress }

    /// Its associations claim its domain in their networks.
    package var isKept: Bool { customDomainName != nil }
}
