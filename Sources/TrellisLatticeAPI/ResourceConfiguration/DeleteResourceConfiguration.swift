import TrellisAPI
import TrellisModel
import TrellisStore

/// Refused while anything refers to the configuration; an association that is being deleted still does.
///
/// Takes the resource policy and the access log subscriptions along at once. Answers 204; the configuration is listed as `DELETE_IN_PROGRESS` until it is gone.
enum DeleteResourceConfiguration: LatticeOperation {
    static let name = "DeleteResourceConfiguration"
    static let method = "DELETE"
    static let path = "/resourceconfigurations/{resourceConfigurationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.resourceConfigurationLabel() }
        let id = try call.id(identifier, of: ResourceConfigurationKind.self)
        return try await context.write { session in
            var configuration = try await session.resourceConfiguration(id, in: call.scope)
            if configuration.status == .deleteInProgress { return .empty(status: 204) }
            guard configuration.status == .active else {
                throw LatticeError.conflict(
                    id, "ResourceConfiguration \(id) is being changed: \(configuration.status.rawValue)")
            }
            try await requireUnused(id, in: session, call.scope)
            try await session.removeAccessLogSubscriptions(of: id, in: call.scope)
            try await session.setResourcePolicy(nil, of: .resourceConfiguration(id), in: call.scope)
            configuration.status = .deleteInProgress
            configuration.lastUpdatedAt = context.clock.now()
            try session.put(configuration, at: configuration.key)
            return .empty(status: 204)
        }
    }

    private static func requireUnused(
        _ id: ResourceConfigurationID, in session: StoreSession, _ scope: Scope
    ) async throws {
        let keys = IndexKeys(scope)
        guard try await session.count(under: keys.children(of: id)) == 0 else {
            throw LatticeError.conflict(id, "ResourceConfiguration \(id) has child resource configuration(s)")
        }
        guard try await session.count(under: keys.resourceAssociations(of: id)) == 0 else {
            throw LatticeError.conflict(id, "ResourceConfiguration \(id) has service network(s) associated")
        }
        guard try await session.vpcEndpoints(in: scope).allSatisfy({ $0.resourceConfiguration != id }) else {
            throw LatticeError.conflict(id, "ResourceConfiguration \(id) has VPC endpoint(s) associated")
        }
    }
}
