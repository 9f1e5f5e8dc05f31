package import TrellisModel
package import TrellisStore

/// Brings the VPC endpoints that the operator declares into the store, once when the server starts.
///
/// An endpoint that stays declared keeps its association, or stays without one if that was deleted; one whose target or
/// VPC changes, and one that was taken out and comes back, is a new one.
package enum VpcEndpointDeclarations {
    /// Which endpoints were declared last, so that those no longer declared are found in every account and Region.
    private struct Declared: StoredRecord {
        var endpoints: [VpcEndpoint]
    }

    static let key = StoreKey(path: "/declared/vpc-endpoints")

    /// The records of all declared endpoints.
    @Sendable static func endpoints(_ entry: StoreEntry) throws -> [StoreKey] {
        try StoredRecordCoding.decode(Declared.self, from: entry.value, at: entry.key).endpoints
            .map { .vpcEndpoint($0.id, in: $0.scope) }
    }

    /// - Parameter endpoints: Each id at most once.
    package static func replace(
        with endpoints: [VpcEndpoint], in store: any Store, clock: any WallClock, random: any RandomSource
    ) async throws {
        let ids = ResourceIDSource(clock: clock, random: random)
        try await store.transaction { session in
            let earlier = try await session.get(Declared.self, at: key)?.endpoints ?? []
            guard earlier != endpoints else { return }
            for endpoint in Set(earlier).subtracting(endpoints) {
                session.delete(.vpcEndpoint(endpoint.id, in: endpoint.scope))
            }
            for endpoint in Set(endpoints).subtracting(earlier) {
                let record = VpcEndpointRecord(
                    endpoint: endpoint, association: ResourceEndpointAssociationID(from: ids),
                    isDisassociated: false, createdAt: clock.now())
                try session.put(record, at: .vpcEndpoint(endpoint.id, in: endpoint.scope))
            }
            try session.put(Declared(endpoints: endpoints), at: key)
        }
    }
}
