import NIOCore
package import TrellisAPI
package import TrellisModel
package import TrellisPrincipals
import TrellisSignature
package import TrellisStore

/// IAM Roles Anywhere: trust anchors, profiles and revocation lists; and sessions for the owners of certificates.
///
/// - Source: reference identity.md §7.
package struct RolesAnywhereAPI: AWSAPI, UnsignedAPI {
    package let signingName = "rolesanywhere"

    private static let bodyLimit = 1_048_576
    private let control: RestJSONAPI
    private let service: RolesAnywhereService
    private let onFailure: @Sendable (_ operation: String, _ requestID: String, any Error) -> Void

    /// - Parameter onFailure: Told of every answer with status 500.
    package init(
        store: any Store, principals: PrincipalDirectory, issuer: SessionIssuer, clock: any WallClock,
        random: any RandomSource,
        onFailure: @escaping @Sendable (_ operation: String, _ requestID: String, any Error) -> Void
    ) {
        service = RolesAnywhereService(
            store: store, principals: principals, issuer: issuer, clock: clock, random: random)
        self.onFailure = onFailure
        control = RestJSONAPI(
            signingName: signingName, operations: service.operations,
            permissions: OperationPermissions(clock: clock) { [service] call in
                [try await RolesAnywherePermissions.permission(for: call, service)]
            },
            errors: RolesAnywhereErrorTable(), onInternalError: onFailure)
    }

    package func bodyLimit(method: String, path: String) -> Int { Self.bodyLimit }

    package func respond(to request: AuthenticatedRequest) async -> APIResponse {
        await control.respond(to: request)
    }

    package func render(_ error: APIError, requestID: String) -> APIResponse {
        control.render(error, requestID: requestID)
    }

    package func refuse(_ error: ProtocolError, requestID: String) -> APIResponse {
        control.refuse(error, requestID: requestID)
    }

    // MARK: Sessions

    package func takes(_ head: RequestHead) -> Bool {
        head.headers["authorization"].map(CertificateSignature.isClaimed) ?? false
    }

    package func respond(to request: UnsignedRequest) async -> APIResponse? {
        do {
            guard request.head.method == "POST", request.head.path == "/sessions" else {
                throw ProtocolError.unknownOperation(method: request.head.method, path: request.head.path)
            }
            return try await service.createSession(request)
        } catch {
            let wire = RolesAnywhereErrorTable().wireError(for: error)
            if wire.status >= 500 { onFailure("CreateSession", request.requestID, error) }
            return render(wire, requestID: request.requestID)
        }
    }
}

/// What the operations work with.
struct RolesAnywhereService: Sendable {
    let store: any Store
    let principals: PrincipalDirectory
    let issuer: SessionIssuer
    let clock: any WallClock
    let random: any RandomSource

    var operations: [APIOperation] {
        operations(of: TrustAnchorRecord.self) + operations(of: RolesAnywhereProfileRecord.self)
            + operations(of: RevocationListRecord.self) + mappingOperations + subjectOperations + tagOperations
    }
}
