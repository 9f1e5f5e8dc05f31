/// What one kind of policy document must and must not hold.
package struct PolicyGrammar: Hashable, Sendable {
    package enum Presence: Hashable, Sendable {
        case required
        case prohibited
    }

    package var principal: Presence
    package var resource: Presence
    /// The only service whose actions the policy may name, for example `vpc-lattice-svcs`; `nil` for any.
    package var service: String?
    /// In bytes.
    package var longest: Int
    /// Whether a `Sid` may hold letters and digits only.
    package var hasPlainStatementIDs = false

    /// The policy of a service network or a service.
    ///
    /// - Source: reference lattice.md, "Auth type and policy state" and "Policy grammar".
    package static let authPolicy = PolicyGrammar(
        principal: .required, resource: .required, service: "vpc-lattice-svcs", longest: 10_240)
    /// The policy that shares a service network, a service or a resource configuration.
    ///
    /// - Source: reference lattice.md, "Resource policy API": 10,000 characters, which are at most four bytes each.
    package static let resourcePolicy = PolicyGrammar(
        principal: .required, resource: .required, service: "vpc-lattice", longest: 40_000)
    /// A policy of a user or a role.
    package static let identityPolicy = PolicyGrammar(
        principal: .prohibited, resource: .required, service: nil, longest: 131_072, hasPlainStatementIDs: true)
    /// A role's trust policy.
    package static let trustPolicy = PolicyGrammar(
        principal: .required, resource: .prohibited, service: "sts", longest: 131_072)
}
