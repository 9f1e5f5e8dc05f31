import TrellisModel

extension RecordReader {
    func resourceGateway(_ id: ResourceGatewayID, in scope: Scope) async throws -> ResourceGatewayRecord {
        guard let record = try await get(ResourceGatewayRecord.self, at: .resourceGateway(id, in: scope)) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    /// A gateway that is not being deleted.
    func liveResourceGateway(_ id: ResourceGatewayID, in scope: Scope) async throws -> ResourceGatewayRecord {
        let record = try await resourceGateway(id, in: scope)
        guard record.status != .deleteInProgress else { throw LatticeError.beingDeleted(id) }
        return record
    }

    func resourceConfiguration(
        _ id: ResourceConfigurationID, in scope: Scope
    ) async throws -> ResourceConfigurationRecord {
        let key = StoreKey.resourceConfiguration(id, in: scope)
        guard let record = try await get(ResourceConfigurationRecord.self, at: key) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    /// A configuration that is not being deleted.
    func liveResourceConfiguration(
        _ id: ResourceConfigurationID, in scope: Scope
    ) async throws -> ResourceConfigurationRecord {
        let record = try await resourceConfiguration(id, in: scope)
        guard record.status != .deleteInProgress else { throw LatticeError.beingDeleted(id) }
        return record
    }

    func resourceAssociation(
        _ id: ResourceAssociationID, in scope: Scope
    ) async throws -> ResourceAssociationRecord {
        let key = StoreKey.resourceAssociation(id, in: scope)
        guard let record = try await get(ResourceAssociationRecord.self, at: key) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    func domainVerification(
        _ id: DomainVerificationID, in scope: Scope
    ) async throws -> DomainVerificationRecord {
        let key = StoreKey.domainVerification(id, in: scope)
        guard let record = try await get(DomainVerificationRecord.self, at: key) else {
            throw LatticeError.notFound(id)
        }
        return record
    }

    /// Every declared endpoint of an account and Region.
    func vpcEndpoints(in scope: Scope) async throws -> [VpcEndpointRecord] {
        try await list(VpcEndpointRecord.self, under: .all(.vpcEndpoint, in: scope))
    }
}
