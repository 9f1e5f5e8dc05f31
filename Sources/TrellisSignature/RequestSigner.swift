/// Signs requests to one service of one Region with SigV4, or of several with SigV4A, in the `Authorization` header.
package struct RequestSigner: Sendable {
    /// What the client says of its body.
    package enum Payload: Sendable {
        /// Signs the body's hash.
        ///
        /// - Parameter isSent: Whether the hash is also sent as `x-amz-content-sha256`.
        case signed(PayloadHash, isSent: Bool)
        /// Sends and signs `x-amz-content-sha256: UNSIGNED-PAYLOAD`.
        case unsigned
    }

    /// How a session token goes with the request.
    package enum TokenPlacement: Hashable, Sendable {
        case signed
        /// Added after signing, for the few services that want it so.
        case unsigned
    }

    package var credentials: ClientCredentials
    /// For SigV4A a Region set: `us-west-2,us-east-1`, `us-*` or `*`.
    package var region: String
    package var service: String
    package var algorithm = SignatureAlgorithm.hmacSHA256
    package var canonicalization: Canonicalization
    package var tokenPlacement: TokenPlacement

    package init(
        credentials: ClientCredentials, region: String, service: String,
        canonicalization: Canonicalization = .standard, tokenPlacement: TokenPlacement = .signed
    ) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.canonicalization = canonicalization
        self.tokenPlacement = tokenPlacement
    }

    /// Headers that proxies and HTTP clients change on the way, which no client signs.
    ///
    /// - Source: botocore `auth.py` and aws-c-auth.
    package static let neverSigned: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-protocol",
        "sec-websocket-version", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// Signs a request, one that was signed before too.
    ///
    /// - Parameters:
    ///   - request: Must have a `host` header (or `:authority`). Every header is signed but those in ``neverSigned``.
    ///   - keys: The caller's cache.
    /// - Returns: The request with `x-amz-date`, `authorization` and, as asked for, `x-amz-security-token` and
    ///   `x-amz-content-sha256` in place of those it had. A `date` header is taken out: two dates could disagree.
    package func sign(
        _ request: SignableRequest, payload: Payload, at time: SigningTime, keys: inout SigningKeyCache
    ) throws(RequestSigningError) -> SignableRequest {
        let prepared = prepare(request, payload: payload, at: time)
        let signedHeaders = signedHeaders(of: prepared)
        guard signedHeaders.contains("host") || signedHeaders.contains(":authority") else { throw .hostMissing }

        let canonicalRequest = CanonicalRequest(
            prepared, signedHeaders: signedHeaders, payloadHash: payload.line)
        let scope =
            algorithm.hasRegionInScope
            ? CredentialScope(date: time.date, region: region, service: service)
            : .withoutRegion(date: time.date, service: service)
        let stringToSign = StringToSign(
            algorithm: algorithm, time: time, scope: scope,
            canonicalRequestHash: canonicalRequest.hash(canonicalization))
        guard let signature = try? signingKey(for: scope, keys: &keys)?.signature(of: stringToSign) else {
            throw .keyUnusable
        }
        let authorization = AuthorizationHeader(
            algorithm: algorithm, accessKeyID: credentials.accessKeyID, scope: scope, signedHeaders: signedHeaders,
            signature: signature)

        var signed = prepared
        signed.headers.append(("authorization", authorization.text))
        return signed
    }

    private func prepare(_ request: SignableRequest, payload: Payload, at time: SigningTime) -> SignableRequest {
        var prepared = request
        let replaced = [
            "authorization", "date", "x-amz-content-sha256", "x-amz-date", "x-amz-region-set", "x-amz-security-token",
        ]
        prepared.headers.removeAll { header in replaced.contains { header.name.isHeaderName($0) } }
        prepared.headers.append(("x-amz-date", time.basicFormat))
        if !algorithm.hasRegionInScope { prepared.headers.append(("x-amz-region-set", region)) }
        if let token = credentials.sessionToken {
            prepared.headers.append(("x-amz-security-token", token.reveal()))
        }
        if payload.isSent {
            prepared.headers.append(("x-amz-content-sha256", payload.line))
        }
        return prepared
    }

    private func signedHeaders(of request: SignableRequest) -> SignedHeaderNames {
        SignedHeaderNames(
            request.headers.map(\.name.asciiLowercased).filter { name in
                !Self.neverSigned.contains(name)
                    && !(tokenPlacement == .unsigned && name == "x-amz-security-token")
            })
    }

    private func signingKey(for scope: CredentialScope, keys: inout SigningKeyCache) -> DerivedKey? {
        let secret = credentials.secretAccessKey
        if let kept = keys.key(accessKeyID: credentials.accessKeyID, scope: scope, secretAccessKey: secret) {
            return kept
        }
        guard
            let key = DerivedKey(
                secretAccessKey: secret, accessKeyID: credentials.accessKeyID, algorithm: algorithm, scope: scope)
        else { return nil }
        keys.insert(key, accessKeyID: credentials.accessKeyID, scope: scope, secretAccessKey: secret)
        return key
    }
}

package enum RequestSigningError: Error, Hashable, Sendable {
    /// A signature that does not cover the host would hold at any server.
    case hostMissing
    /// No P-256 key can be derived from the secret, or the library could not sign with it.
    case keyUnusable
}

extension RequestSigner.Payload {
    fileprivate var line: String {
        switch self {
        case .signed(let hash, _): hash.hexadecimal
        case .unsigned: PayloadHash.unsigned
        }
    }

    fileprivate var isSent: Bool {
        switch self {
        case .signed(_, let isSent): isSent
        case .unsigned: true
        }
    }
}
