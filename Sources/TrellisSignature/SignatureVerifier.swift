/// The rules a service holds signatures to, and the check itself: values in, a verdict out.
///
/// It reads no clock and no store. One verifier serves any number of requests.
package struct SignatureVerifier: Sendable {
    package enum Region: Hashable, Sendable {
        /// Every text that looks like a Region: `[a-z0-9-]`, not empty.
        case any
        case exactly(String)
    }

    /// The signing names accepted, such as `["vpc-lattice"]`.
    package var services: [String]
    package var region: Region
    /// How far the request's time may lie from now, either way, inclusive.
    ///
    /// Control plane: 900, data plane: 300.
    package var allowedSkewSeconds: Int64
    /// Tried in this order.
    package var canonicalizations: [Canonicalization]
    /// Others are refused as unsupported.
    package var algorithms: Set<SignatureAlgorithm> = [.hmacSHA256]
    /// Whether the signature may be in the query (a presigned request) instead of the `Authorization` header.
    package var acceptsQuerySignature = false
    /// Whether `x-amz-security-token` may be added after signing, as some clients do.
    ///
    /// The token is compared with the session's either way.
    package var acceptsUnsignedSessionToken: Bool

    /// - Source: the 15 minutes of the IAM User Guide, "Common errors".
    package init(
        services: [String], region: Region = .any, allowedSkewSeconds: Int64 = 900,
        canonicalizations: [Canonicalization] = Canonicalization.accepted, acceptsUnsignedSessionToken: Bool = false
    ) {
        self.services = services
        self.region = region
        self.allowedSkewSeconds = max(0, allowedSkewSeconds)
        self.canonicalizations = canonicalizations
        self.acceptsUnsignedSessionToken = acceptsUnsignedSessionToken
    }

    /// What the service demands of a request's payload hash.
    package enum Payload: Sendable {
        /// The body is signed: its hash is the last line of the canonical request, and `x-amz-content-sha256`, if
        /// present, must name this hash.
        case signed(PayloadHash)
        /// `x-amz-content-sha256: UNSIGNED-PAYLOAD` must be present and signed, as VPC Lattice demands.
        case unsigned
    }

    /// Checks a signed request.
    ///
    /// - Parameters:
    ///   - keys: The caller's cache. Only the key of a signature that holds is added.
    ///   - credential: Looks up an active access key with the session token that came with it, `nil` for an unknown or
    ///     inactive one. Called at most once.
    /// - Returns: Who signed. Whoever acts on the request must use the path it will really follow: `/a/../admin` and
    ///   `/admin` share a signature.
    package func verify(
        _ request: SignableRequest, payload: Payload, now: SigningTime, keys: inout SigningKeyCache,
        credential: (_ accessKeyID: String, _ token: SessionToken?) -> StoredCredential?
    ) throws(SignatureFailure) -> VerifiedSignature {
        try checkForm(of: request)
        var request = request
        let header = try request.single("authorization")
        if request.authorization == nil, let header { request.authorization = keys.headers.header(like: header) }
        let received = try ReceivedSignature(of: request, acceptsQuery: acceptsQuerySignature)
        let authorization = received.authorization
        guard algorithms.contains(authorization.algorithm) else {
            throw .authorizationHeader(.unsupportedAlgorithm(authorization.algorithm.rawValue))
        }
        let headers = CanonicalHeaders(of: request, names: authorization.signedHeaders)
        try checkSignedHeaders(headers, of: received, payload: payload)
        let contentHash = try request.single("x-amz-content-sha256")
        if case .unsigned = payload, contentHash != PayloadHash.unsigned {
            throw .payloadSigningUnsupported
        }
        try checkScope(of: received)
        try checkClock(received, now: now)

        guard let stored = credential(authorization.accessKeyID, received.token) else {
            throw .unknownAccessKey(authorization.accessKeyID)
        }
        try checkToken(received.token, against: stored, now: now)

        let payloadLine = payload.line(contentHashHeader: contentHash)
        var signed = request
        signed.target = received.signedTarget
        var canonicalRequests = [CanonicalRequest(signed, headers: headers, payloadHash: payloadLine)]
        if acceptsUnsignedSessionToken, let target = received.signedTargetWithoutToken {
            signed.target = target
            canonicalRequests.append(CanonicalRequest(signed, headers: headers, payloadHash: payloadLine))
        }
        let canonicalization = try matchingCanonicalization(
            of: canonicalRequests, received, secretAccessKey: stored.secretAccessKey, keys: &keys)
        if case .signed(let hash) = payload, payloadLine != hash.hexadecimal {
            throw .contentHashMismatch
        }
        if request.authorization == nil, let header { keys.headers.keep(authorization, of: header) }
        return VerifiedSignature(
            accessKeyID: authorization.accessKeyID, scope: authorization.scope, time: received.time,
            signedHeaders: authorization.signedHeaders, sessionToken: received.token,
            canonicalization: canonicalization)
    }
}

/// Who signed a request, and what the signature covers.
///
/// Only ``SignatureVerifier`` makes one.
package struct VerifiedSignature: Sendable {
    package var accessKeyID: String
    package var scope: CredentialScope
    package var time: SigningTime
    package var signedHeaders: SignedHeaderNames
    /// Present for a temporary access key, and equal to the session's.
    package var sessionToken: SessionToken?
    /// The one that the client used.
    package var canonicalization: Canonicalization
}

// MARK: - Steps

extension SignatureVerifier {
    private func checkForm(of request: SignableRequest) throws(SignatureFailure) {
        guard request.target.utf8.count <= SignatureLimits.targetLength else {
            throw .oversized(.target, limit: SignatureLimits.targetLength)
        }
        var room = SignatureLimits.headerLength
        for header in request.headers {
            // Each text is measured against what is left, so that nothing adds up beyond an integer.
            guard header.name.utf8.count <= room, header.value.utf8.count <= room - header.name.utf8.count else {
                throw .oversized(.headers, limit: SignatureLimits.headerLength)
            }
            room -= header.name.utf8.count + header.value.utf8.count
        }
        // A newline would let one line of the canonical request pass for two.
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(\.isTokenCharacter),
            !request.target.utf8.contains(where: \.isASCIIControl)
        else { throw .malformedRequestLine }
    }

    private func checkSignedHeaders(
        _ headers: CanonicalHeaders, of received: ReceivedSignature, payload: Payload
    ) throws(SignatureFailure) {
        guard headers.names.contains("host") || headers.names.contains(":authority") else { throw .hostNotSigned }
        if case .unsigned = payload, !headers.names.contains("x-amz-content-sha256") { throw .contentHashNotSigned }
        let unsigned = headers.unsignedAmazonHeaders.first { name in
            !(acceptsUnsignedSessionToken && name == "x-amz-security-token")
        }
        if let unsigned { throw .headerNotSigned(unsigned) }
        if let absent = headers.firstAbsentName { throw .signedHeaderAbsent(absent) }
        // Without it a signature would be good for every Region.
        if !received.authorization.algorithm.hasRegionInScope, received.regionSet == nil {
            throw .headerNotSigned("x-amz-region-set")
        }
    }

    private func checkScope(of received: ReceivedSignature) throws(SignatureFailure) {
        let scope = received.authorization.scope
        var mismatches: [SignatureFailure.ScopeMismatch] = []
        if let mismatch = regionMismatch(of: received) { mismatches.append(mismatch) }
        if !services.contains(scope.service) { mismatches.append(.service(expected: services)) }
        if scope.terminator != CredentialScope.validTerminator {
            mismatches.append(.terminator(got: scope.terminator))
        }
        if scope.date != received.time.date { mismatches.append(.date(got: scope.date, time: received.time)) }
        if !mismatches.isEmpty { throw .credentialScope(mismatches) }
    }

    private func regionMismatch(of received: ReceivedSignature) -> SignatureFailure.ScopeMismatch? {
        switch (region, received.regionSet) {
        case (.any, let set?):
            return set.text.isEmpty ? .region(got: set.text) : nil
        case (.exactly(let name), let set?):
            return set.contains(name) ? nil : .region(got: set.text)
        case (.any, nil):
            let name = received.authorization.scope.region
            return name.isEmpty || !name.utf8.allSatisfy(\.isRegionCharacter) ? .region(got: name) : nil
        case (.exactly(let expected), nil):
            let name = received.authorization.scope.region
            return name == expected ? nil : .region(got: name)
        }
    }

    /// A presigned request is good until it expires, any other as long as it is as old as clocks may differ.
    private func checkClock(_ received: ReceivedSignature, now: SigningTime) throws(SignatureFailure) {
        let time = received.time
        let longest = received.expirySeconds ?? allowedSkewSeconds
        if time < now.advanced(bySeconds: -longest) {
            throw .expired(.init(requested: time, now: now, allowedSkewSeconds: longest))
        }
        if time > now.advanced(bySeconds: allowedSkewSeconds) {
            throw .notYetCurrent(.init(requested: time, now: now, allowedSkewSeconds: allowedSkewSeconds))
        }
    }

    private func checkToken(
        _ token: SessionToken?, against stored: StoredCredential, now: SigningTime
    ) throws(SignatureFailure) {
        switch (stored.lifetime, token) {
        case (.longTerm, nil):
            break
        case (.longTerm, _?):
            throw .sessionTokenUnexpected
        case (.temporary, nil):
            throw .sessionTokenMissing
        case (.temporary(let expected, let expiration), let token?):
            guard token == expected else { throw .sessionTokenMismatch }
            guard now < expiration else { throw .sessionExpired }
        }
    }

    /// - Parameter requests: What the client may have signed, the likeliest first.
    private func matchingCanonicalization(
        of requests: [CanonicalRequest], _ received: ReceivedSignature, secretAccessKey: SecretAccessKey,
        keys: inout SigningKeyCache
    ) throws(SignatureFailure) -> Canonicalization {
        let authorization = received.authorization
        guard let signature = Hexadecimal.bytes(ofLowercase: authorization.signature) else {
            throw .signatureMismatch
        }
        let kept = keys.key(
            accessKeyID: authorization.accessKeyID, scope: authorization.scope, secretAccessKey: secretAccessKey)
        let derived =
            kept
            ?? DerivedKey(
                secretAccessKey: secretAccessKey, accessKeyID: authorization.accessKeyID,
                algorithm: authorization.algorithm, scope: authorization.scope)
        guard let key = derived else { throw .signatureMismatch }
        for request in requests {
            var tried: [[UInt8]] = []
            for canonicalization in canonicalizations {
                let head = request.head(canonicalization)
                if tried.contains(head) { continue }
                let stringToSign = StringToSign(
                    algorithm: authorization.algorithm, time: received.time, scope: authorization.scope,
                    canonicalRequestHash: request.hash(head: head))
                if key.isValid(signature, for: stringToSign) {
                    if kept == nil {
                        keys.insert(
                            key, accessKeyID: authorization.accessKeyID, scope: authorization.scope,
                            secretAccessKey: secretAccessKey)
                    }
                    return canonicalization
                }
                tried.append(head)
            }
        }
        throw .signatureMismatch
    }
}

extension SignatureVerifier.Payload {
    fileprivate func line(contentHashHeader: String?) -> String {
        switch self {
        case .signed(let hash): contentHashHeader ?? hash.hexadecimal
        case .unsigned: PayloadHash.unsigned
        }
    }
}

extension UInt8 {
    fileprivate var isRegionCharacter: Bool {
        isASCIIDigit || self == UInt8(ascii: "-") || (self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z"))
    }
}
