package import TrellisModel
package import TrellisStore

extension ServiceAssociationRecord: CheckedRecord {
    package var claims: [KeyClaim] {
        get throws {
            let keys = IndexKeys(scope)
            return [
                try KeyClaim(keys.serviceAssociation(of: serviceNetwork, with: service), IndexRecord(id)),
                try KeyClaim(keys.serviceAssociation(of: service, with: serviceNetwork), IndexRecord(id)),
            ]
        }
    }

    package var references: [StoreKey] {
        [.service(service, in: ownerOfService), .serviceNetwork(serviceNetwork, in: ownerOfNetwork)]
            + counterpartKeys
    }

    package var changedAt: Timestamp? { createdAt }

    /// An association that is being deleted keeps its old time.
    package var progress: String? { status == .createInProgress ? status.rawValue : nil }

    package var isKept: Bool { true }

    package func claims(with others: KeptRecords) throws -> [KeyClaim] {
        let service = others.record(ServiceRecord.self, at: .service(service, in: ownerOfService))
        guard let domain = service?.customDomainName else { return [] }
        return [try KeyClaim(IndexKeys(scope).customDomain(domain, in: serviceNetwork), IndexRecord(self.service))]
    }
}
