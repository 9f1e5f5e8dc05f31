import TrellisAPI
import TrellisModel
import TrellisStore

enum CreateService: LatticeOperation {
    static let name = "CreateService"
    static let method = "POST"
    static let path = "/services"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var name: String
        var authType: AuthType
        var customDomainName: String?
        var certificateARN: String?
        var idleTimeoutSeconds: Int
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            name = reader.requiredString("name", as: LatticeShapes.serviceName)
            authType = reader.enumeration("authType") ?? .none
            customDomainName = reader.customDomainName()
            certificateARN = reader.certificateARN().flatMap { $0.isEmpty ? nil : $0 }
            idleTimeoutSeconds = reader.idleTimeoutSeconds() ?? ServiceRecord.defaultIdleTimeoutSeconds
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        return try await context.create(
            ServiceKind.self, for: call, input, status: 201, at: .kind(.service, call.scope)
        ) { session in
            let keys = IndexKeys(call.scope)
            let id = ServiceID(from: context.ids)
            try await session.take(
                keys.serviceName(input.name), for: id,
                orSay: "A Service with the name '\(input.name)' already exists")
            try await session.requireRoom(
                for: .servicesPerRegion, under: keys.serviceName(""), limits: context.quotas,
                resourceType: ServiceKind.resourceType)
            let now = context.clock.now()
            let service = ServiceRecord(
                id: id, scope: call.scope, name: input.name, authType: input.authType,
                customDomainName: input.customDomainName, certificateARN: input.certificateARN,
                idleTimeoutSeconds: input.idleTimeoutSeconds, status: .createInProgress, createdAt: now,
                lastUpdatedAt: now, tags: input.tags)
            try session.insert(service, at: .service(id, in: call.scope))
            return service.createdJSON
        }
    }
}

extension InputReader {
    /// An empty text is allowed and means no certificate.
    func certificateARN() -> String? { string("certificateArn", as: LatticeShapes.certificateARN) }

    func idleTimeoutSeconds() -> Int? { integer("idleTimeoutSeconds", in: LatticeShapes.idleTimeoutSeconds) }
}
