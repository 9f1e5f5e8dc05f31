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
    func found<Record: StoredRecord, Kind>(_ id: ResourceID<Kind>, at key: StoreKey) async throws -> Record {
        guard let record = try await get(Record.self, at: key) else { throw LatticeError.notFound(id) }
        return record
    }

    /// - Throws: ConflictException for a record that is being deleted.
    func notBeingDeleted<Record: StatusRecord, Kind>(
        _ record: Record, _ id: ResourceID<Kind>
    ) throws -> Record {
        guard record.status != .deleteInProgress else { throw LatticeError.beingDeleted(id) }
        return record
    }

    func serviceNetwork(_ id: ServiceNetworkID, in scope: Scope) async throws -> ServiceNetworkRecord {
        try await found(id, at: .serviceNetwork(id, in: scope))
    }

    func service(_ id: ServiceID, in scope: Scope) async throws -> ServiceRecord {
        try await found(id, at: .service(id, in: scope))
    }

    /// A service that is not being deleted.
    func liveService(_ id: ServiceID, in scope: Scope) async throws -> ServiceRecord {
        try notBeingDeleted(try await service(id, in: scope), id)
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
        try await found(id, at: .targetGroup(id, in: scope))
    }

    /// A target group that is not being deleted.
    func liveTargetGroup(_ id: TargetGroupID, in scope: Scope) async throws -> TargetGroupRecord {
        try notBeingDeleted(try await targetGroup(id, in: scope), id)
    }

    func serviceAssociation(
        _ id: ServiceAssociationID, in scope: Scope
    ) async throws -> ServiceAssociationRecord {
        try await found(id, at: .serviceAssociation(id, in: scope))
    }

    func vpcAssociation(_ id: VpcAssociationID, in scope: Scope) async throws -> VpcAssociationRecord {
        try await found(id, at: .vpcAssociation(id, in: scope))
    }
}
