/// The signature that a request carries, in its `Authorization` header or in its query, as written.
struct ReceivedSignature {
    let authorization: AuthorizationHeader
    let time: SigningTime
    /// Of a presigned request that says how long it is valid.
    let expirySeconds: Int64?
    let token: SessionToken?
    /// Of SigV4A.
    let regionSet: RegionSet?
    /// The target that was signed: that of a presigned request had no `X-Amz-Signature` yet.
    let signedTarget: String
    /// The same before a session token was added to the query; `nil` if there is none in it.
    let signedTargetWithoutToken: String?

    /// - Parameter acceptsQuery: Whether a request without an `Authorization` header may be presigned.
    init(of request: SignableRequest, acceptsQuery: Bool) throws(SignatureFailure) {
        guard let text = try request.single("authorization"), !text.isEmpty else {
            guard acceptsQuery, request.hasQuerySignature else { throw .missingAuthentication }
            try self.init(presigned: request)
            return
        }
        // With an application's own `Authorization` the signature may still be in the query.
        if request.hasQuerySignature {
            guard acceptsQuery, !request.claimsSignature else { throw .twoSignatures }
            try self.init(presigned: request)
            return
        }
        try self.init(header: text, of: request)
    }

    private init(header text: String, of request: SignableRequest) throws(SignatureFailure) {
        let amazonDate = try request.single("x-amz-date")
        let httpDate = amazonDate == nil ? try request.single("date") : nil
        do {
            if let known = request.authorization {
                authorization = known
            } else {
                authorization = try AuthorizationHeader(parsing: text)
            }
        } catch .missing(let parts, let hash) where amazonDate == nil && httpDate == nil {
            throw .authorizationHeader(.missing(parts + [.date], headerHash: hash))
        } catch {
            throw .authorizationHeader(error)
        }
        if let amazonDate {
            guard let parsed = SigningTime(basicFormat: amazonDate) else { throw .malformedDate(amazonDate) }
            time = parsed
        } else {
            guard let httpDate else {
                throw .authorizationHeader(.missing([.date], headerHash: AuthorizationHeader.hash(of: text)))
            }
            guard let parsed = SigningTime(basicFormat: httpDate) ?? SigningTime(httpDate: httpDate) else {
                throw .malformedDate(httpDate)
            }
            time = parsed
        }
        expirySeconds = nil
        token = try request.single("x-amz-security-token").map(SessionToken.init)
        // The header must be signed like every other `x-amz-` header.
        let set = authorization.algorithm.hasRegionInScope ? nil : try request.single("x-amz-region-set")
        regionSet = set.map(RegionSet.init)
        signedTarget = request.target
        signedTargetWithoutToken = nil
    }

    /// - Source: reference identity.md, "Query form (presigned)". Without `X-Amz-Expires` a request is chosen to be
    ///   good as long as one that is signed in a header.
    private init(presigned request: SignableRequest) throws(SignatureFailure) {
        let parameters = try QueryParameters(of: request.query)
        guard let algorithmName = parameters[.algorithm], let credential = parameters[.credential],
            let date = parameters[.date], let names = parameters[.signedHeaders],
            let signature = parameters[.signature]
        else { throw .queryParametersMissing }
        guard let algorithm = SignatureAlgorithm(rawValue: algorithmName) else {
            throw .authorizationHeader(.unsupportedAlgorithm(algorithmName))
        }
        guard let signedHeaders = SignedHeaderNames(parsing: names) else {
            throw .authorizationHeader(.malformedSignedHeaders(names))
        }
        do {
            let (accessKeyID, scope) = try AuthorizationHeader.parse(credential: credential, of: algorithm)
            authorization = AuthorizationHeader(
                algorithm: algorithm, accessKeyID: accessKeyID, scope: scope, signedHeaders: signedHeaders,
                signature: signature)
        } catch {
            throw .authorizationHeader(error)
        }
        guard let time = SigningTime(basicFormat: date) else { throw .malformedDate(date) }
        self.time = time
        expirySeconds = try parameters[.expires].map { text throws(SignatureFailure) in
            guard let seconds = Int64(text), (1...SignatureLimits.longestExpirySeconds).contains(seconds) else {
                throw .malformedExpiry(text)
            }
            return seconds
        }
        let header = try request.single("x-amz-security-token")
        token = (parameters[.securityToken] ?? header).map(SessionToken.init)
        regionSet = algorithm.hasRegionInScope ? nil : parameters[.regionSet].map(RegionSet.init)
        signedTarget = request.target(without: [.signature])
        signedTargetWithoutToken =
            parameters[.securityToken].map { _ in request.target(without: [.signature, .securityToken]) }
    }
}

extension ReceivedSignature {
    enum Parameter: String {
        case algorithm = "X-Amz-Algorithm"
        case credential = "X-Amz-Credential"
        case date = "X-Amz-Date"
        case expires = "X-Amz-Expires"
        case signedHeaders = "X-Amz-SignedHeaders"
        case securityToken = "X-Amz-Security-Token"
        case regionSet = "X-Amz-Region-Set"
        case signature = "X-Amz-Signature"

        /// - Parameter piece: What stands between two `&`.
        init?(of piece: Substring.UTF8View) {
            self.init(rawValue: PercentEncoding.decoded(piece.prefix { $0 != UInt8(ascii: "=") }))
        }
    }

    /// The parameters of a signature; others are passed over.
    private struct QueryParameters {
        private var values: [Parameter: String] = [:]

        /// - Throws: ``SignatureFailure/queryParametersMissing`` for one that comes twice.
        init(of query: Substring.UTF8View) throws(SignatureFailure) {
            for piece in query.split(separator: UInt8(ascii: "&")) {
                guard let parameter = Parameter(of: piece) else { continue }
                let value = piece.drop { $0 != UInt8(ascii: "=") }.dropFirst()
                guard values.updateValue(PercentEncoding.decoded(value), forKey: parameter) == nil else {
                    throw .queryParametersMissing
                }
            }
        }

        subscript(parameter: Parameter) -> String? { values[parameter] }
    }
}

extension SignableRequest {
    /// The target with some parameters of the signature taken out of its query.
    fileprivate func target(without parameters: Set<ReceivedSignature.Parameter>) -> String {
        let kept = query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).filter { piece in
            ReceivedSignature.Parameter(of: piece).map { !parameters.contains($0) } ?? true
        }
        let path = String(Substring(path))
        return kept.isEmpty ? path : path + "?" + kept.map { String(Substring($0)) }.joined(separator: "&")
    }
}
