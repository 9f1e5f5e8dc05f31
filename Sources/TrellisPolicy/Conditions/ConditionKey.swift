import TrellisModel

/// A condition key; names are compared without case, also the part after a slash.
///
/// - Source: reference identity.md, "Condition keys for Lattice requests", and lattice.md, "Condition keys".
package enum ConditionKey: Hashable, Sendable {
    // MARK: The caller
    case principalARN
    case principalAccount
    case principalType
    case principalOrgID
    case principalOrgPaths
    /// - Parameter key: In lower case.
    case principalTag(_ key: String)
    case userID
    case username
    case tokenIssueTime
    case multiFactorAuthPresent
    case multiFactorAuthAge
    case sourceIdentity
    case federatedProvider
    case principalIsAWSService
    case principalServiceName
    case sourceARN
    case sourceAccount

    // MARK: The request
    case port
    case requestMethod
    case requestPath
    /// - Parameter name: In lower case.
    case requestHeader(_ name: String)
    /// - Parameter key: In lower case.
    case requestQueryString(_ key: String)
    case serviceNetworkARN
    case serviceARN
    case sourceVPC
    case sourceVPCOwnerAccount
    case sourceIP
    /// The VPC of the VPC endpoint that the client came by; not that of any other client.
    case endpointVPC
    case vpcEndpoint
    /// The address of a client that came by a VPC endpoint, in its VPC.
    case vpcSourceIP
    /// - Parameter key: In lower case.
    case resourceTag(_ key: String)
    case currentTime
    case epochTime
    case secureTransport
    case userAgent
    case referer
    case requestedRegion

    /// Any other key, in lower case; no request has a value for it.
    case other(String)

    package init(_ name: String) {
        let name = name.asciiLowercased
        if let key = Self.plain[name] {
            self = key
            return
        }
        for (prefix, make) in Self.families where name.utf8.count > prefix.utf8.count && name.hasPrefix(prefix) {
            self = make(String(name.dropFirst(prefix.count)))
            return
        }
        self = .other(name)
    }

    private static let plain: [String: ConditionKey] = [
        "aws:principalarn": .principalARN, "aws:principalaccount": .principalAccount,
        "aws:principaltype": .principalType, "aws:principalorgid": .principalOrgID,
        "aws:principalorgpaths": .principalOrgPaths, "aws:userid": .userID, "aws:username": .username,
        "aws:tokenissuetime": .tokenIssueTime, "aws:multifactorauthpresent": .multiFactorAuthPresent,
        "aws:multifactorauthage": .multiFactorAuthAge, "aws:sourceidentity": .sourceIdentity,
        "aws:federatedprovider": .federatedProvider, "aws:principalisawsservice": .principalIsAWSService,
        "aws:principalservicename": .principalServiceName, "aws:sourcearn": .sourceARN,
        "aws:sourceaccount": .sourceAccount,
        "vpc-lattice-svcs:port": .port, "vpc-lattice-svcs:requestmethod": .requestMethod,
        "vpc-lattice-svcs:requestpath": .requestPath, "vpc-lattice-svcs:servicenetworkarn": .serviceNetworkARN,
        "vpc-lattice-svcs:servicearn": .serviceARN, "vpc-lattice-svcs:sourcevpc": .sourceVPC,
        "vpc-lattice-svcs:sourcevpcowneraccount": .sourceVPCOwnerAccount,
        "aws:sourceip": .sourceIP, "aws:sourcevpc": .endpointVPC, "aws:sourcevpce": .vpcEndpoint,
        "aws:vpcsourceip": .vpcSourceIP, "aws:currenttime": .currentTime, "aws:epochtime": .epochTime,
        "aws:securetransport": .secureTransport, "aws:useragent": .userAgent, "aws:referer": .referer,
        "aws:requestedregion": .requestedRegion,
    ]

    private static let families: [(prefix: String, make: @Sendable (String) -> ConditionKey)] = [
        ("aws:principaltag/", { .principalTag($0) }),
        ("aws:resourcetag/", { .resourceTag($0) }),
        ("vpc-lattice-svcs:requestheader/", { .requestHeader($0) }),
        ("vpc-lattice-svcs:requestquerystring/", { .requestQueryString($0) }),
    ]
}
