import TrellisModel

extension RecordReader {
    func resourceGateway(_ id: ResourceGatewayID, in scope: Scope) async throws -> ResourceGatewayRecord {
        try await found(id, at: .resourceGateway(id, in: scope))
    }

    /// A gateway that is not being deleted.
    func liveResourceGateway(_ id: ResourceGatewayID, in scope: Scope) async throws -> ResourceGatewayRecord {
        try notBeingDeleted(try await resourceGateway(id, in: scope), id)
    }

    func resourceConfiguration(
        _ id: ResourceConfigurationID, in scope: Scope
    ) async throws -> ResourceConfigurationRecord {
        try await found(id, at: .resourceConfiguration(id, in: scope))
    }

    /// A configuration that is not being deleted.
    func liveResourceConfiguration(
        _ id: ResourceConfigurationID, in scope: Scope
    ) async throws -> ResourceConfigurationRecord {
        try notBeingDeleted(try await resourceConfiguration(id, in: scope), id)
    }

    func resourceAssociation(
        _ id: ResourceAssociationID, in scope: Scope
    ) async throws -> ResourceAssociationRecord {
        try await found(id, at: .resourceAssociation(id, in: scope))
    }

    func domainVerification(
        _ id: DomainVerificationID, in scope: Scope
    ) async throws -> DomainVerificationRecord {
        try await found(id, at: .domainVerification(id, in: scope))
    }

    /// Every declared endpoint of an account and Region.
    func vpcEndpoints(in scope: Scope) async throws -> [VpcEndpointRecord] {
        try await list(VpcEndpointRecord.self, under: .all(.vpcEndpoint, in: scope))
    }
}
