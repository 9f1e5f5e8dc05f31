import TrellisModel
import TrellisStore

/// Where records are read: in a transaction, or outside one.
protocol RecordReader {
    func get<Record: StoredRecord>(_ type: Record.Type, at key: StoreKey) async throws -> Record?
    func list<Record: StoredRecord>(_ type: Record.Type, under prefix: StoreKey) async throws -> [Record]
    /// How many keys there are under a prefix.
    func count(under prefix: StoreKey) async throws -> Int
}

extension StoreSession: RecordReader {}

/// Reads outside transactions: each read is consistent in itself, and none waits for writers.
struct PlainReader: RecordReader {
    let store: any Store

    func get<Record: StoredRecord>(_ type: Record.Type, at key: StoreKey) async throws -> Record? {
        try await store.record(type, at: key)
    }

    func list<Record: StoredRecord>(_ type: Record.Type, under prefix: StoreKey) async throws -> [Record] {
        try await store.records(type, under: prefix)
    }

    func count(under prefix: StoreKey) async throws -> Int {
        try await store.count(under: prefix).count
    }
}

/// Records by id, as ResourceNotFoundException where there is none.
extension RecordReader {
    func serviceNetwork(_ id: ServiceNetworkID, in scope: Scope) async throws -> ServiceNetworkRecord {
        guard let record = try await get(ServiceNetworkRecord.self, at: .serviceNetwork(id, in: scope)) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    func service(_ id: ServiceID, in scope: Scope) async throws -> ServiceRecord {
        guard let record = try await get(ServiceRecord.self, at: .service(id, in: scope)) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    /// A service that is not being deleted.
    func liveService(_ id: ServiceID, in scope: Scope) async throws -> ServiceRecord {
        let record = try await service(id, in: scope)
        guard record.status != .deleteInProgress else { throw LatticeError.beingDeleted(id) }
        return record
    }

    /// The listener; a listener is there only while its service is, so an unknown service is looked for, and reported
    /// first, only when there is none.
    func listener(_ id: ListenerID, of service: ServiceID, in scope: Scope) async throws -> ListenerRecord {
        guard let record = try await get(ListenerRecord.self, at: .listener(id, of: service, in: scope)) else {
            _ = try await self.service(service, in: scope)
            throw LatticeError.notFound(id)
        }
        return record
    }

    func targetGroup(_ id: TargetGroupID, in scope: Scope) async throws -> TargetGroupRecord {
        guard let record = try await get(TargetGroupRecord.self, at: .targetGroup(id, in: scope)) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    /// A target group that is not being deleted.
    func liveTargetGroup(_ id: TargetGroupID, in scope: Scope) async throws -> TargetGroupRecord {
        let record = try await targetGroup(id, in: scope)
        guard record.status != .deleteInProgress else { throw LatticeError.beingDeleted(id) }
        return record
    }

    func serviceAssociation(
        _ id: ServiceAssociationID, in scope: Scope
    ) async throws -> ServiceAssociationRecord {
        guard let record = try await get(ServiceAssociationRecord.self, at: .serviceAssociation(id, in: scope)) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    func vpcAssociation(_ id: VpcAssociationID, in scope: Scope) async throws -> VpcAssociationRecord {
        guard let record = try await get(VpcAssociationRecord.self, at: .vpcAssociation(id, in: scope)) else {
            throw LatticeError.notFound(id)
        }
        return record
    }
}
