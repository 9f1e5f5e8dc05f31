package import TrellisPolicy
package import TrellisSignature

/// What is known of the owner of an access key.
package struct KnownCaller: Sendable {
    /// For the check of signatures.
    package var credential: StoredCredential
    package var caller: PolicyCaller
    /// What the caller's own policies allow.
    package var policies: IdentityPolicies

    package init(credential: StoredCredential, caller: PolicyCaller, policies: IdentityPolicies) {
        self.credential = credential
        self.caller = caller
        self.policies = policies
    }
}

/// Who may sign requests.
package enum CallerSource: Sendable {
    /// Looks up an active access key, `nil` for any other; called on event loops, so it must not wait.
    case verified(@Sendable (_ accessKeyID: String) -> KnownCaller?)
    /// Whoever claims a signature is this caller, and no signature is checked.
    case unverified(PolicyCaller, IdentityPolicies)

    /// Nobody has an access key.
    package static let none = CallerSource.verified { _ in nil }
}
