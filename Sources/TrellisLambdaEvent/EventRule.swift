/// A rule that produced a member of an event, or kept something out of it.
///
/// The page docs/event-command.md lists them with the texts that are here.
public enum EventRule: Hashable, Sendable, CaseIterable {
    case version, target, method
    case headerList, headerString, headerJoined
    case forwardedForNew, forwardedForAppended, forwardedPort, forwardedProto
    case requestIDNew, requestIDKept, requestIDCut
    case latticeNetwork, latticeTarget, sourceVpc, latticeIdentity, latticeIdentityTags
    case noHeaders
    case queryList, queryString, queryLast, queryEmpty
    case bodyEmpty, bodyText, bodyWithoutContentType, bodyContentType, bodyNotUTF8, isBase64Encoded
    case serviceNetworkARN, noServiceNetwork, serviceARN, targetGroupARN, region, timeEpoch
    case identitySourceVpc, identityType, identityPrincipal, identityX509, identityEmpty
    case queryOmitted, sourceVpcUnknown, callerUnknown, noAuthPolicy, contextOmitted
    case droppedHopByHop, droppedNamedByConnection, droppedExpect, droppedReplaced, droppedLatticeOnly
    case droppedCredential, droppedRequestID

    /// Who says that it is so.
    public enum Origin: String, Hashable, Sendable, CaseIterable {
        /// The VPC Lattice User Guide.
        case documented
        /// Not written down by AWS, but seen there.
        case observed
        /// Neither; what Trellis does.
        case chosen
    }
}

extension EventRule {
    /// The rule in one sentence.
    public var text: String { sentence.0 }

    /// Who says so.
    public var origin: Origin { sentence.1 }

    private var sentence: (String, Origin) {
        switch self {
        case .version, .target, .method, .timeEpoch, .region, .serviceNetworkARN, .noServiceNetwork, .serviceARN,
            .targetGroupARN:
            requestSentence
        case .headerList, .headerString, .headerJoined, .noHeaders, .forwardedForNew, .forwardedForAppended,
            .forwardedPort, .forwardedProto, .requestIDNew, .requestIDKept, .requestIDCut, .latticeNetwork,
            .latticeTarget, .sourceVpc, .latticeIdentity, .latticeIdentityTags:
            headerSentence
        case .queryList, .queryString, .queryLast, .queryEmpty, .queryOmitted:
            querySentence
        case .bodyEmpty, .bodyText, .bodyWithoutContentType, .bodyContentType, .bodyNotUTF8, .isBase64Encoded:
            bodySentence
        case .identitySourceVpc, .identityType, .identityPrincipal, .identityX509, .identityEmpty, .sourceVpcUnknown,
            .callerUnknown, .noAuthPolicy, .contextOmitted:
            identitySentence
        case .droppedHopByHop, .droppedNamedByConnection, .droppedExpect, .droppedReplaced, .droppedLatticeOnly,
            .droppedCredential, .droppedRequestID:
            droppedSentence
        }
    }

    private var requestSentence: (String, Origin) {
        switch self {
        case .version: ("always \"2.0\" in structure V2; V1 has no version", .documented)
        case .target: ("the request target as sent: with the query, nothing decoded", .documented)
        case .method: ("the method as sent", .documented)
        case .timeEpoch: ("when the request arrived, microseconds since 1970 as a string", .documented)
        case .region: ("the service's Region", .documented)
        case .serviceNetworkARN: ("the service network the request came through", .documented)
        case .noServiceNetwork: ("empty, because the request came through no service network", .chosen)
        case .serviceARN: ("the service that Host names", .documented)
        default: ("the target group that the rule forwards to", .documented)
        }
    }

    private var headerSentence: (String, Origin) {
        switch self {
        case .headerList: ("one list element per header line; names in lower case", .documented)
        case .headerString: ("one string per name; names in lower case", .documented)
        case .headerJoined: ("joined with \", \", because V1 holds one string per name", .documented)
        case .noHeaders: ("always present, empty without headers", .chosen)
        case .forwardedForNew: ("added by Lattice: the client's address", .documented)
        case .forwardedForAppended: ("what the client sent, then a comma and the client's address", .documented)
        case .forwardedPort: ("added by Lattice: the listener's port", .documented)
        case .forwardedProto: ("added by Lattice: the listener's protocol", .documented)
        case .requestIDNew: ("added by Lattice: a new request id, because the client sent none", .documented)
        case .requestIDKept: ("the client's own request id", .documented)
        case .requestIDCut: ("the client's own request id, cut at 512 bytes", .documented)
        case .latticeNetwork: ("added by Lattice: the source VPC", .documented)
        case .latticeTarget: ("added by Lattice: service, service network and target group", .documented)
        case .sourceVpc: ("added by Lattice: the id of the source VPC", .observed)
        case .latticeIdentity: ("added by Lattice: the authenticated caller", .documented)
        default: ("added by Lattice: the authenticated caller's tags, up to 99", .documented)
        }
    }

    private var querySentence: (String, Origin) {
        switch self {
        case .queryList: ("all values in their order; percent-decoded, + is a space", .documented)
        case .queryString: ("one string per key; percent-decoded, + is a space", .documented)
        case .queryLast: ("the last of several values, because V1 holds one string per key", .documented)
        case .queryEmpty: ("always present in V1, empty without a query", .chosen)
        default: ("V2 has the member only if the request has a query", .chosen)
        }
    }

    private var bodySentence: (String, Origin) {
        switch self {
        case .bodyEmpty: ("the empty string, because there is no body", .chosen)
        case .bodyText: ("text: the content type is in the text list, the body is UTF-8", .documented)
        case .bodyWithoutContentType: ("base64: there is no content type", .chosen)
        case .bodyContentType:
            (
                "base64: the content type is not in the text list "
                    + "(text/*, application/json, application/xml, application/javascript)", .documented
            )
        case .bodyNotUTF8: ("base64: the content type is in the text list, but the body is not UTF-8", .chosen)
        default: ("says how body is written; always present", .chosen)
        }
    }

    private var identitySentence: (String, Origin) {
        switch self {
        case .identitySourceVpc: ("the client's VPC, present if it is known", .documented)
        case .identityType: ("AWS_IAM when an auth policy applied and authentication succeeded", .documented)
        case .identityPrincipal: ("from the caller's signature, present after authentication only", .documented)
        case .identityX509: ("from an IAM Roles Anywhere certificate, present for those callers only", .documented)
        case .identityEmpty: ("empty: anonymous caller, unknown source VPC", .documented)
        case .sourceVpcUnknown: ("the source VPC is not known", .documented)
        case .callerUnknown: ("the caller did not authenticate", .documented)
        case .noAuthPolicy: ("no auth policy applied", .documented)
        default: ("V1 has no request context; the x-amzn-lattice-* headers say the same", .observed)
        }
    }

    private var droppedSentence: (String, Origin) {
        switch self {
        case .droppedHopByHop: ("belongs to the connection between client and listener", .documented)
        case .droppedNamedByConnection: ("a Connection line names it, so it belongs to the connection", .chosen)
        case .droppedExpect: ("the listener that reads the body answers it, not the target", .chosen)
        case .droppedReplaced: ("replaced by Lattice's own", .documented)
        case .droppedLatticeOnly: ("only Lattice may say this; copies from clients are removed", .documented)
        case .droppedCredential: ("a secret of the caller's AWS signature", .chosen)
        default: ("only the first x-amzn-requestid counts", .chosen)
        }
    }
}

extension EventRule {
    init(_ encoding: BodyEncoding) {
        switch encoding {
        case .empty: self = .bodyEmpty
        case .text: self = .bodyText
        case .base64WithoutContentType: self = .bodyWithoutContentType
        case .base64ForContentType: self = .bodyContentType
        case .base64ForBytes: self = .bodyNotUTF8
        }
    }

    /// - Returns: `nil` for lines that the target gets in one form or another.
    init?(dropping treatment: ForwardedHeaders.Treatment) {
        switch treatment {
        case .passed, .forwardedFor, .requestID: return nil
        case .furtherRequestID: self = .droppedRequestID
        case .hopByHop: self = .droppedHopByHop
        case .namedByConnection: self = .droppedNamedByConnection
        case .expect: self = .droppedExpect
        case .replaced: self = .droppedReplaced
        case .latticeOnly: self = .droppedLatticeOnly
        case .credential: self = .droppedCredential
        }
    }
}
