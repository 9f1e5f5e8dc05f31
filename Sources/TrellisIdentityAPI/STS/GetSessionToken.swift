import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisPrincipals

/// Temporary credentials of the user or root user who calls; no permission is needed.
///
/// - Source: reference identity.md §5: 15 minutes to 36 hours, 12 by default; at most 1 for a root user.
enum GetSessionToken: STSAction {
    static let name = "GetSessionToken"

    private static let seconds = 900...129_600
    private static let defaultSeconds = 43_200
    private static let rootSeconds = 3600

    static func respond(to call: STSCall) async throws -> [XMLElement] {
        let (seconds, hasDevice) = try call.read { parameters in
            (parameters.integer("DurationSeconds", in: Self.seconds), parameters.has("SerialNumber"))
        }
        guard call.caller.session == nil else {
            throw STSError.accessDenied("Cannot call GetSessionToken with session credentials")
        }
        guard !hasDevice else {
            throw STSError.accessDenied("MultiFactorAuthentication failed: this Trellis knows no MFA devices.")
        }
        let principal = call.caller.principal
        let subject: SessionClaims.Subject
        var limit = Self.seconds.upperBound
        switch principal.kind {
        case .account:
            subject = .root(account: call.caller.account)
            limit = rootSeconds
        case .user: subject = .user(account: call.caller.account, id: principal.userID)
        default: throw STSError.accessDenied("Cannot call GetSessionToken with session credentials")
        }
        return [try call.context.issuer.issue(subject, seconds: min(seconds ?? defaultSeconds, limit)).credentials]
    }
}
