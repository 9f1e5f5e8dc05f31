package import TrellisModel
import TrellisStore

extension ResourceGatewayRecord: StatusRecord {
    package static let kind = RecordKind.resourceGateway

    package var key: StoreKey { .resourceGateway(id, in: scope) }

    func release(in session: StoreSession) {
        let keys = IndexKeys(scope)
        session.delete(keys.resourceGatewayName(name))
        session.delete(keys.gateway(id, of: vpc))
    }
}

extension ResourceConfigurationRecord: StatusRecord {
    package static let kind = RecordKind.resourceConfiguration

    package var key: StoreKey { .resourceConfiguration(id, in: scope) }

    func release(in session: StoreSession) {
        let keys = IndexKeys(scope)
        session.delete(keys.resourceConfigurationName(name))
        session.delete(keys.configuration(id, of: gateway))
        if let domainVerification { session.delete(keys.configuration(id, of: domainVerification)) }
        if let group { session.delete(keys.child(id, of: group)) }
    }
}

extension ResourceAssociationRecord: StatusRecord {
    package static let kind = RecordKind.resourceAssociation

    package var key: StoreKey { .resourceAssociation(id, in: scope) }

    func release(in session: StoreSession) {
        for copy in [self, counterpart].compactMap(\.self) {
            let keys = IndexKeys(copy.scope)
            session.delete(keys.resourceAssociation(of: serviceNetwork, with: resourceConfiguration))
            session.delete(keys.resourceAssociation(of: resourceConfiguration, with: serviceNetwork))
            session.delete(copy.key)
        }
    }
}

/// A pending verification is looked at again and again, until the record of the domain is found or it is too late.
extension DomainVerificationRecord: LifecycleRecord {
    package static let kind = RecordKind.domainVerification

    package var key: StoreKey { .domainVerification(id, in: scope) }

    var pendingDelay: PendingDelay? { status == .pending ? .domainCheck : nil }

    func due(in surroundings: LifecycleSurroundings) -> DomainVerificationRecord? {
        let now = surroundings.clock.now()
        var changed = self
        if surroundings.domainOwnership.isProved(for: self) {
            changed.status = .verified
            changed.lastVerifiedAt = now
            return changed
        }
        guard createdAt.advanced(by: Self.patience) <= now else { return nil }
        changed.status = .timedOut
        return changed
    }

    func complete(in session: StoreSession) throws {
        try session.put(self, at: key)
    }
}
