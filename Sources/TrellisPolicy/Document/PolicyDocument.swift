/// An IAM policy document that can be evaluated.
///
/// ```json
/// {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
///   "Action": "vpc-lattice-svcs:Invoke", "Resource": "*"}]}
/// ```
///
/// - Source: reference identity.md, "IAM policy language".
package struct PolicyDocument: Hashable, Sendable {
    package enum Version: String, Hashable, Sendable, CaseIterable {
        case v2012 = "2012-10-17"
        /// What a document without a version has; it knows no variables.
        case v2008 = "2008-10-17"
    }

    package var version: Version
    package var id: String?
    /// At least one.
    package var statements: [PolicyStatement]

    package init(version: Version = .v2012, id: String? = nil, statements: [PolicyStatement]) {
        self.version = version
        self.id = id
        self.statements = statements
    }
}

package struct PolicyStatement: Hashable, Sendable {
    package enum Effect: String, Hashable, Sendable, CaseIterable {
        case allow = "Allow"
        case deny = "Deny"
    }

    /// An element that comes in two forms: `Action` and `NotAction`, and so on.
    package enum Element<Item: Hashable & Sendable>: Hashable, Sendable {
        case including([Item])
        case excluding([Item])
    }

    package var sid: String?
    package var effect: Effect
    /// `nil` in identity policies only.
    package var principal: Element<PrincipalPattern>?
    /// `*` or `service:Name` with wildcards in the name.
    package var action: Element<String>
    /// `nil` in trust policies only.
    package var resource: Element<String>?
    /// All of them must hold.
    package var conditions: [PolicyCondition]

    package init(
        sid: String? = nil, effect: Effect, principal: Element<PrincipalPattern>? = nil, action: Element<String>,
        resource: Element<String>? = nil, conditions: [PolicyCondition] = []
    ) {
        self.sid = sid
        self.effect = effect
        self.principal = principal
        self.action = action
        self.resource = resource
        self.conditions = conditions
    }
}

/// Whom an element of `Principal` names.
///
/// - Source: reference identity.md, "Principals".
package enum PrincipalPattern: Hashable, Sendable {
    /// `*` and `{"AWS": "*"}`: everybody, anonymous callers included.
    case everyone
    /// Every principal of an account: `123456789012` or the ARN of its root.
    case account(String)
    /// The ARN of a user, a role (every session of it), a role session or a federated user.
    case arn(String)
    /// For example `vpc-lattice.amazonaws.com`.
    case service(String)
    /// An identity provider.
    case federated(String)
    case canonicalUser(String)
}

/// One operator with one key: `{"StringEquals": {"aws:PrincipalType": ["User", "AssumedRole"]}}`.
package struct PolicyCondition: Hashable, Sendable {
    package var test: ConditionTest
    /// As written, for example `aws:PrincipalTag/team`.
    package var key: String
    /// In the operator's form; numbers and booleans as their text.
    package var values: [String]

    package init(test: ConditionTest, key: String, values: [String]) {
        self.test = test
        self.key = key
        self.values = values
    }
}
