import TrellisAPI
import TrellisModel
import TrellisStore

/// Refused while anything is associated; an association that is being deleted still counts.
enum DeleteServiceNetwork: LatticeOperation {
    static let name = "DeleteServiceNetwork"
    static let method = "DELETE"
    static let path = "/servicenetworks/{serviceNetworkIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.serviceNetworkLabel() }
        let id = try call.id(identifier, of: ServiceNetworkKind.self)
        return try await context.write { session in
            let network = try await session.serviceNetwork(id, in: call.scope)
            let counts = try await session.associationCounts(of: id, in: call.scope)
            guard counts.vpcs == 0 else {
                throw LatticeError.conflict(id, "ServiceNetwork \(id) has VPC(s) associated")
            }
            guard counts.services == 0 else {
                throw LatticeError.conflict(id, "ServiceNetwork \(id) has service(s) associated")
            }
            guard counts.resources == 0 else {
                throw LatticeError.conflict(id, "ServiceNetwork \(id) has resource(s) associated.")
            }
            try await session.removeAccessLogSubscriptions(of: id, in: call.scope)
            session.delete(IndexKeys(call.scope).serviceNetworkName(network.name))
            try await session.deletePolicies(of: .serviceNetwork(id), in: call.scope)
            session.delete(.serviceNetwork(id, in: call.scope))
            return .empty(status: 204)
        }
    }
}
