import TrellisModel
import TrellisStore

extension StoreSession {
    /// Takes a name for a new resource.
    ///
    /// - Parameter message: What to say if another resource has the name.
    /// - Throws: ConflictException about the resource that has it.
    func take<Kind: ResourceKind>(
        _ key: StoreKey, for id: ResourceID<Kind>, orSay message: @autoclosure () -> String
    ) async throws {
        if let owner = try await getUnlikely(IndexRecord.self, at: key), owner.id != id.rawValue {
            throw LatticeError.conflict(
                message: message(), LatticeError.ResourceReference(id: owner.id, type: Kind.resourceType))
        }
        try put(IndexRecord(id), at: key)
    }

    /// - Throws: ServiceQuotaExceededException if there are already as many as the quota allows.
    func requireRoom(
        for quota: LatticeQuota, under prefix: StoreKey, limits: LatticeQuotas, resourceType: String
    ) async throws {
        try quota.requireRoom(after: await count(under: prefix), limits: limits, resourceType: resourceType)
    }
}

extension LatticeQuota {
    func requireRoom(after count: Int, limits: LatticeQuotas, resourceType: String) throws {
        guard count < limits[self] else {
            throw LatticeError.quotaExceeded(self, limit: limits[self], resourceType: resourceType)
        }
    }
}
