import Logging
import TrellisFunctionHost
import TrellisIdentityAPI
import TrellisModel
import TrellisPrincipals

/// Makes the credentials that functions' processes get: sessions of their roles, named after the function.
///
/// - Source: what Lambda does: the session's name is the function's, and an environment ends before its credentials do.
struct FunctionSessions: Sendable {
    /// An hour longer than a process with credentials runs.
    private static let seconds = 12 * 3600

    let principals: PrincipalDirectory
    let issuer: SessionIssuer
    let clock: any WallClock
    let logger: Logger

    /// - Returns: `nil` if the role is not one of the function's account, or does not let Lambda assume it.
    func credentials(role arn: String, function: FunctionARN) -> FunctionCredentials? {
        guard let role = principals.role(withARN: arn), role.account == function.scope.account else { return nil }
        guard ServiceTrust.allows("lambda.amazonaws.com", role, on: function.description, at: clock.now()) else {
            logger.warning(
                "a function gets no credentials: its role does not let lambda.amazonaws.com assume it",
                metadata: ["function": "\(function)", "role": "\(arn)"])
            return nil
        }
        do {
            let session = try issuer.issue(
                .role(account: role.account, name: role.name, id: role.id, session: function.name.rawValue),
                seconds: Self.seconds)
            return FunctionCredentials(
                accessKeyID: session.accessKeyID, secretAccessKey: session.secretAccessKey,
                sessionToken: session.sessionToken)
        } catch {
            logger.error(
                "a function gets no credentials", metadata: ["function": "\(function)", "error": "\(error)"])
            return nil
        }
    }
}
