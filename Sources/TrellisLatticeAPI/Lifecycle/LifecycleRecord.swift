package import TrellisModel
import TrellisStore

/// A record that does not stay as it is: something completes it after a while.
protocol LifecycleRecord: StoredRecord, Equatable {
    static var kind: RecordKind { get }

    var key: StoreKey { get }

    /// How long to wait before ``complete(in:)``; `nil` if nothing is in progress.
    var pendingDelay: PendingDelay? { get }

    /// The record to complete: this one, or what has become of it meanwhile.
    ///
    /// - Returns: `nil` if the time has not come yet, which is asked again after another delay.
    func due(in surroundings: LifecycleSurroundings) -> Self?

    /// Writes what comes next.
    ///
    /// Called in a transaction in which the stored record is still the one that was asked whether it is due.
    func complete(in session: StoreSession) async throws
}

extension LifecycleRecord {
    func due(in surroundings: LifecycleSurroundings) -> Self? { self }
}

/// What the progress of a record may depend on besides the delay.
struct LifecycleSurroundings: Sendable {
    var clock: any WallClock
    var domainOwnership = DomainOwnership()
}

/// A record whose progress is its status: what is being made or changed becomes active, what is being deleted goes.
protocol StatusRecord: LifecycleRecord {
    var status: LifecycleStatus { get set }

    /// Deletes the keys that belong to the record, such as its name; the record itself is deleted by the caller.
    func release(in session: StoreSession) async throws
}

extension StatusRecord {
    var pendingDelay: PendingDelay? { status.pendingDelay }

    func complete(in session: StoreSession) async throws {
        guard let completed = status.completed else {
            try await release(in: session)
            session.delete(key)
            return
        }
        var record = self
        record.status = completed
        try session.put(record, at: key)
    }
}

/// Which of the configured delays applies.
enum PendingDelay: Hashable {
    case transition
    case drain
    /// Between two looks at the DNS records of a domain.
    case domainCheck
}

extension LifecycleStatus {
    /// What an operation in progress ends in; `nil` if none is, or if it ends in deletion.
    var completed: LifecycleStatus? {
        switch self {
        case .createInProgress, .updateInProgress: .active
        case .active, .deleteInProgress, .createFailed, .updateFailed, .deleteFailed: nil
        }
    }

    var pendingDelay: PendingDelay? {
        completed != nil || self == .deleteInProgress ? .transition : nil
    }
}

extension ServiceRecord: StatusRecord {
    package static let kind = RecordKind.service

    package var key: StoreKey { .service(id, in: scope) }

    func release(in session: StoreSession) {
        session.delete(IndexKeys(scope).serviceName(name))
    }
}

extension TargetGroupRecord: StatusRecord {
    package static let kind = RecordKind.targetGroup

    package var key: StoreKey { .targetGroup(id, in: scope) }

    func release(in session: StoreSession) {
        session.delete(IndexKeys(scope).targetGroupName(name))
    }
}

extension ServiceAssociationRecord: StatusRecord {
    package static let kind = RecordKind.serviceAssociation

    package var key: StoreKey { .serviceAssociation(id, in: scope) }

    func release(in session: StoreSession) async throws {
        let service = try await session.get(ServiceRecord.self, at: .service(service, in: ownerOfService))
        for copy in [self, counterpart].compactMap(\.self) {
            let keys = IndexKeys(copy.scope)
            if let domain = service?.customDomainName {
                session.delete(keys.customDomain(domain, in: serviceNetwork))
            }
            session.delete(keys.serviceAssociation(of: serviceNetwork, with: self.service))
            session.delete(keys.serviceAssociation(of: self.service, with: serviceNetwork))
            session.delete(copy.key)
        }
    }
}

extension VpcAssociationRecord: StatusRecord {
    package static let kind = RecordKind.vpcAssociation

    package var key: StoreKey { .vpcAssociation(id, in: scope) }

    func release(in session: StoreSession) {
        session.delete(IndexKeys(ownerOfVPC).vpc(vpc))
        for copy in [self, counterpart].compactMap(\.self) {
            session.delete(IndexKeys(copy.scope).vpcAssociation(id, of: serviceNetwork))
            session.delete(copy.key)
        }
    }
}

extension TargetRecord: LifecycleRecord {
    package static let kind = RecordKind.target

    var pendingDelay: PendingDelay? { isDraining ? .drain : nil }

    func complete(in session: StoreSession) {
        session.delete(key)
    }
}
