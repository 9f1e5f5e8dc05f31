/// Where a request came from and, if it was signed, who signed it.
///
/// A value that is not known is `nil`, never empty.
///
/// - Source: reference "Event V2" (`requestContext.identity`) and "Headers" (`x-amzn-lattice-identity`).
public struct CallerIdentity: Hashable, Sendable {
    /// The client's VPC, `arn:aws:ec2:<region>:<account>:vpc/vpc-…`; also known for anonymous callers.
    public var sourceVpcARN: String?
    /// `AWS_IAM` when an auth policy applied and authentication succeeded.
    public var type: String?
    /// The ARN of the authenticated caller, whose presence is what makes a caller authenticated.
    ///
    /// For a role session `arn:aws:sts::123456789012:assumed-role/Role/Session`.
    public var principal: String?
    /// The organisation of the caller's account, `o-…`.
    public var principalOrgID: String?
    /// The account's place in it, `o-…/r-…/ou-…/`; headers carry it, events do not.
    public var principalOrgPath: String?
    /// The last part of a role session's ARN.
    public var sessionName: String?
    /// Present for credentials from IAM Roles Anywhere only.
    public var x509: X509Identity?
    /// The caller's `aws:PrincipalTag` values in a stable order; headers carry the first 99, events none.
    public var principalTags: [PrincipalTag]

    /// An identity; without arguments, that of an anonymous caller from an unknown VPC.
    public init(
        sourceVpcARN: String? = nil, type: String? = nil, principal: String? = nil, principalOrgID: String? = nil,
        principalOrgPath: String? = nil, sessionName: String? = nil, x509: X509Identity? = nil,
        principalTags: [PrincipalTag] = []
    ) {
        self.sourceVpcARN = sourceVpcARN
        self.type = type
        self.principal = principal
        self.principalOrgID = principalOrgID
        self.principalOrgPath = principalOrgPath
        self.sessionName = sessionName
        self.x509 = x509
        self.principalTags = principalTags
    }
}

/// The certificate fields that IAM Roles Anywhere puts into a session.
public struct X509Identity: Hashable, Sendable {
    /// Session tag `x509Issuer/OU`.
    public var issuerOU: String?
    /// Session tag `x509SAN/DNS`.
    public var sanDNS: String?
    /// Session tag `x509SAN/Name/CN`.
    public var sanNameCN: String?
    /// Session tag `x509SAN/URI`.
    public var sanURI: String?
    /// Session tag `x509Subject/CN`.
    public var subjectCN: String?

    /// The fields that are known.
    public init(
        issuerOU: String? = nil, sanDNS: String? = nil, sanNameCN: String? = nil, sanURI: String? = nil,
        subjectCN: String? = nil
    ) {
        self.issuerOU = issuerOU
        self.sanDNS = sanDNS
        self.sanNameCN = sanNameCN
        self.sanURI = sanURI
        self.subjectCN = subjectCN
    }
}

/// One tag of the calling principal.
public struct PrincipalTag: Hashable, Sendable {
    /// The tag's key.
    public var key: String
    /// The tag's value, which may be empty.
    public var value: String

    /// A tag as it was set, unescaped.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
