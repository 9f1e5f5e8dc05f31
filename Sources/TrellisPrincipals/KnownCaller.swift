package import TrellisPolicy
package import TrellisSignature

/// What is known of the owner of an access key.
package struct KnownCaller: Sendable {
    /// For the check of signatures.
    package var credential: StoredCredential
    package var caller: PolicyCaller
    /// What the caller's own policies allow.
    package var policies: IdentityPolicies
    /// What the caller's temporary credentials were issued with; `nil` for a long-term key.
    package var session: SessionClaims?

    package init(
        credential: StoredCredential, caller: PolicyCaller, policies: IdentityPolicies, session: SessionClaims? = nil
    ) {
        self.credential = credential
        self.caller = caller
        self.policies = policies
        self.session = session
    }
}

/// Looks up an active access key together with the session token that a request presents; `nil` for any other.
///
/// It does not wait, so that it can be asked on event loops.
package typealias FindCaller = (_ accessKeyID: String, _ token: SessionToken?) -> KnownCaller?
