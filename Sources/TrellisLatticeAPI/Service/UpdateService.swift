import TrellisAPI
import TrellisModel
import TrellisStore

/// Changes the members that are given and leaves the others.
enum UpdateService: LatticeOperation {
    static let name = "UpdateService"
    static let method = "PATCH"
    static let path = "/services/{serviceIdentifier}"

    struct Input {
        var identifier: String
        var authType: AuthType?
        var certificateARN: String?
        var idleTimeoutSeconds: Int?

        init(_ reader: InputReader) {
            identifier = reader.serviceLabel()
            authType = reader.enumeration("authType")
            certificateARN = reader.certificateARN()
            idleTimeoutSeconds = reader.idleTimeoutSeconds()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let id = try call.id(input.identifier, of: ServiceKind.self)
        return try await context.write(at: .service(id, call.scope)) { session in
            var service = try await session.liveService(id, in: call.scope)
            if let authType = input.authType { service.authType = authType }
            if let arn = input.certificateARN { service.certificateARN = arn.isEmpty ? nil : arn }
            if let seconds = input.idleTimeoutSeconds { service.idleTimeoutSeconds = seconds }
            service.lastUpdatedAt = context.clock.now()
            try session.put(service, at: .service(id, in: call.scope))
            return .json(service.updatedJSON)
        }
    }
}
