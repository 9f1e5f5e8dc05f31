package import TrellisPolicy
package import TrellisPrincipals

/// Who may sign requests.
package enum CallerSource: Sendable {
    /// Makes what looks up access keys; called once for each event loop.
    case verified(@Sendable () -> FindCaller)
    /// Whoever claims a signature is this caller, and no signature is checked.
    case unverified(PolicyCaller, IdentityPolicies)

    /// Nobody has an access key.
    package static let none = CallerSource.verified { { _, _ in nil } }
}
