import TrellisAPI
import TrellisModel
import TrellisStore

/// Deletes a listener and its rules.
enum DeleteListener: LatticeOperation {
    static let name = "DeleteListener"
    static let method = "DELETE"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let place = try call.readListenerPlace()
        return try await context.write(at: .service(place.service, call.scope)) { session in
            try await session.remove(
                try await session.listener(place.listener, of: place.service, in: call.scope))
            return .empty(status: 204)
        }
    }
}
