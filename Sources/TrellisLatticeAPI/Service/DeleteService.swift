import TrellisAPI
import TrellisModel
import TrellisStore

/// Takes the listeners, rules, policies and access log subscriptions along at once and leaves the service itself to the
/// ``LifecycleWorker``.
enum DeleteService: LatticeOperation {
    static let name = "DeleteService"
    static let method = "DELETE"
    static let path = "/services/{serviceIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.serviceLabel() }
        let id = try call.id(identifier, of: ServiceKind.self)
        return try await context.write(at: .service(id, call.scope)) { session in
            var service = try await session.service(id, in: call.scope)
            if service.status == .deleteInProgress { return .json(service.deletedJSON) }
            guard try await session.count(under: IndexKeys(call.scope).serviceAssociations(of: id)) == 0 else {
                throw LatticeError.conflict(id, "Service \(id) is associated with service network(s)")
            }
            try await session.removeListeners(of: id, in: call.scope)
            try await session.removeAccessLogSubscriptions(of: id, in: call.scope)
            try await session.deletePolicies(of: .service(id), in: call.scope)
            service.status = .deleteInProgress
            service.lastUpdatedAt = context.clock.now()
            try session.put(service, at: .service(id, in: call.scope))
            return .json(service.deletedJSON)
        }
    }
}
