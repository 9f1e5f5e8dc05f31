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

    /// Checks a request signed in its `Authorization` header.
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
        let (authorization, time) = try readSignature(of: request)
        let headers = CanonicalHeaders(of: request, names: authorization.signedHeaders)
        try checkSignedHeaders(headers, payload: payload)
        let contentHash = try single("x-amz-content-sha256", of: request)
        if case .unsigned = payload, contentHash != PayloadHash.unsigned {
            throw .payloadSigningUnsupported
        }
        try checkScope(authorization.scope, time: time)
        try checkClock(time, now: now)

        let token = try single("x-amz-security-token", of: request).map(SessionToken.init)
        guard let stored = credential(authorization.accessKeyID, token) else {
            throw .unknownAccessKey(authorization.accessKeyID)
        }
        try checkToken(token, against: stored, now: now)

        let payloadLine = payload.line(contentHashHeader: contentHash)
        let canonicalization = try matchingCanonicalization(
            of: CanonicalRequest(request, headers: headers, payloadHash: payloadLine),
            authorization: authorization, time: time, secretAccessKey: stored.secretAccessKey, keys: &keys)
        if case .signed(let hash) = payload, payloadLine != hash.hexadecimal {
            throw .contentHashMismatch
        }
        return VerifiedSignature(
            accessKeyID: authorization.accessKeyID, scope: authorization.scope, time: time,
            signedHeaders: authorization.signedHeaders, sessionToken: token, canonicalization: canonicalization)
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

    private func readSignature(
        of request: SignableRequest
    ) throws(SignatureFailure) -> (AuthorizationHeader, SigningTime) {
        guard let text = try single("authorization", of: request), !text.isEmpty else {
            throw .missingAuthentication
        }
        guard !request.hasQuerySignature else { throw .twoSignatures }
        let amazonDate = try single("x-amz-date", of: request)
        let httpDate = amazonDate == nil ? try single("date", of: request) : nil

        let authorization: AuthorizationHeader
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
            guard let time = SigningTime(basicFormat: amazonDate) else { throw .malformedDate(amazonDate) }
            return (authorization, time)
        }
        guard let httpDate else {
            throw .authorizationHeader(.missing([.date], headerHash: AuthorizationHeader.hash(of: text)))
        }
        guard let time = SigningTime(basicFormat: httpDate) ?? SigningTime(httpDate: httpDate) else {
            throw .malformedDate(httpDate)
        }
        return (authorization, time)
    }

    private func checkSignedHeaders(_ headers: CanonicalHeaders, payload: Payload) throws(SignatureFailure) {
        guard headers.names.contains("host") || headers.names.contains(":authority") else { throw .hostNotSigned }
        if case .unsigned = payload, !headers.names.contains("x-amz-content-sha256") { throw .contentHashNotSigned }
        let unsigned = headers.unsignedAmazonHeaders.first { name in
            !(acceptsUnsignedSessionToken && name == "x-amz-security-token")
        }
        if let unsigned { throw .headerNotSigned(unsigned) }
        if let absent = headers.firstAbsentName { throw .signedHeaderAbsent(absent) }
    }

    private func checkScope(_ scope: CredentialScope, time: SigningTime) throws(SignatureFailure) {
        var mismatches: [SignatureFailure.ScopeMismatch] = []
        switch region {
        case .any where scope.region.isEmpty || !scope.region.utf8.allSatisfy(\.isRegionCharacter):
            mismatches.append(.region(got: scope.region))
        case .exactly(let name) where name != scope.region:
            mismatches.append(.region(got: scope.region))
        case .any, .exactly:
            break
        }
        if !services.contains(scope.service) { mismatches.append(.service(expected: services)) }
        if scope.terminator != CredentialScope.validTerminator {
            mismatches.append(.terminator(got: scope.terminator))
        }
        if scope.date != time.date { mismatches.append(.date(got: scope.date, time: time)) }
        if !mismatches.isEmpty { throw .credentialScope(mismatches) }
    }

    private func checkClock(_ time: SigningTime, now: SigningTime) throws(SignatureFailure) {
        let window = SignatureFailure.ClockWindow(
            requested: time, now: now, allowedSkewSeconds: allowedSkewSeconds)
        if time < now.advanced(bySeconds: -allowedSkewSeconds) { throw .expired(window) }
        if time > now.advanced(bySeconds: allowedSkewSeconds) { throw .notYetCurrent(window) }
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

    private func matchingCanonicalization(
        of request: CanonicalRequest, authorization: AuthorizationHeader, time: SigningTime,
        secretAccessKey: SecretAccessKey, keys: inout SigningKeyCache
    ) throws(SignatureFailure) -> Canonicalization {
        guard let signature = Hexadecimal.bytes(ofLowercase: authorization.signature) else {
            throw .signatureMismatch
        }
        let kept = keys.key(
            accessKeyID: authorization.accessKeyID, scope: authorization.scope, secretAccessKey: secretAccessKey)
        let key = kept ?? SigningKey(secretAccessKey: secretAccessKey, scope: authorization.scope)
        var tried: [[UInt8]] = []
        for canonicalization in canonicalizations {
            let head = request.head(canonicalization)
            if tried.contains(head) { continue }
            let stringToSign = StringToSign(
                algorithm: authorization.algorithm, time: time, scope: authorization.scope,
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
        throw .signatureMismatch
    }

    /// - Returns: `nil` if the request does not have the header.
    private func single(_ name: String, of request: SignableRequest) throws(SignatureFailure) -> String? {
        switch request.header(name) {
        case .absent: return nil
        case .one(let value): return value
        case .repeated: throw .repeatedHeader(name)
        }
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
