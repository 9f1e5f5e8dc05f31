import TrellisModel
import TrellisStore

/// A record in progress, as it was seen in the store, and what completes it.
struct PendingCompletion: Sendable {
    var key: StoreKey
    var delay: PendingDelay
    /// Completes the record if it is still the one that was seen; otherwise another change of it was seen since and has
    /// a completion of its own.
    ///
    /// Returns `false` if it is too early and the record is to be looked at again after another delay.
    var complete: @Sendable (any Store, LifecycleSurroundings) async throws -> Bool

    private init?<Record: LifecycleRecord>(_ record: Record) {
        guard let delay = record.pendingDelay else { return nil }
        self.delay = delay
        key = record.key
        complete = { store, surroundings in
            guard let due = record.due(in: surroundings) else {
                return try await store.record(Record.self, at: record.key) != record
            }
            try await store.transaction { session in
                guard try await session.get(Record.self, at: record.key) == record else { return }
                try await due.complete(in: session)
            }
            return true
        }
    }

    /// - Returns: `nil` unless the key holds a record in progress.
    /// - Throws: ``StoreError/unreadable(_:reason:)``
    init?(key: StoreKey, value: [UInt8]) throws {
        guard let kind = key.kind, let type = Self.types[kind] else { return nil }
        func decoded<Record: LifecycleRecord>(_ type: Record.Type) throws -> PendingCompletion? {
            PendingCompletion(try StoredRecordCoding.decode(type, from: value, at: key))
        }
        guard let pending = try decoded(type) else { return nil }
        self = pending
    }

    /// The kinds of records that can be in progress.
    static var kinds: [RecordKind] { Array(types.keys) }

    private static let types: [RecordKind: any LifecycleRecord.Type] = [
        ServiceRecord.kind: ServiceRecord.self,
        TargetGroupRecord.kind: TargetGroupRecord.self,
        ServiceAssociationRecord.kind: ServiceAssociationRecord.self,
        VpcAssociationRecord.kind: VpcAssociationRecord.self,
        TargetRecord.kind: TargetRecord.self,
        ResourceGatewayRecord.kind: ResourceGatewayRecord.self,
        ResourceConfigurationRecord.kind: ResourceConfigurationRecord.self,
        ResourceAssociationRecord.kind: ResourceAssociationRecord.self,
        DomainVerificationRecord.kind: DomainVerificationRecord.self,
    ]
}
