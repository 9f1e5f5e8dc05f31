/// A request that is signed with the private key of an X.509 certificate: SigV4 without the HMAC chain.
///
/// ```
/// AWS4-X509-RSA-SHA256 Credential=<serial number, decimal>/20221107/us-east-1/rolesanywhere/aws4_request,
///     SignedHeaders=host;x-amz-date;x-amz-x509, Signature=<hexadecimal>
/// ```
///
/// The signature is made over the string to sign itself: RSASSA-PKCS1-v1_5 or ECDSA (DER), both with SHA-256.
///
/// - Source: IAM Roles Anywhere User Guide, "Signing process"; reference identity.md §7.2.
package struct CertificateSignature: Sendable {
    package enum Algorithm: String, Sendable {
        case rsa = "AWS4-X509-RSA-SHA256"
        case ecdsa = "AWS4-X509-ECDSA-SHA256"
    }

    package var algorithm: Algorithm
    /// Decimal digits, as the client wrote them.
    package var serialNumber: String
    package var scope: CredentialScope
    package var signedHeaders: SignedHeaderNames
    package var time: SigningTime
    package var signature: [UInt8]
    /// One for each way clients bring the target into the signed form.
    package var stringsToSign: [[UInt8]]

    private static let service = "rolesanywhere"
    private static let allowedSkewSeconds: Int64 = 900
    /// More than any key of a certificate makes.
    private static let longestSignature = 2048

    /// Whether a request claims to be signed so.
    package static func isClaimed(by authorization: String) -> Bool { authorization.hasPrefix("AWS4-X509-") }

    /// Reads what a request says and checks everything but the signature itself.
    ///
    /// - Parameter hash: Of the body.
    package init(
        of request: SignableRequest, payload hash: PayloadHash, now: SigningTime
    ) throws(SignatureFailure) {
        guard request.target.utf8.count <= SignatureLimits.targetLength else {
            throw .oversized(.target, limit: SignatureLimits.targetLength)
        }
        let text = try Self.single("authorization", of: request)
        guard let text, text.utf8.count <= SignatureLimits.authorizationLength else {
            throw .missingAuthentication
        }
        guard let parsed = Self.parse(text) else {
            throw .authorizationHeader(.unsupportedAlgorithm(String(text.prefix { $0 != " " })))
        }
        guard let dateText = try Self.single("x-amz-date", of: request) else {
            throw .signedHeaderAbsent("x-amz-date")
        }
        guard let time = SigningTime(basicFormat: dateText) else { throw .malformedDate(dateText) }
        algorithm = parsed.algorithm
        serialNumber = parsed.credential[0]
        scope = CredentialScope(
            date: parsed.credential[1], region: parsed.credential[2], service: parsed.credential[3],
            terminator: parsed.credential[4])
        signedHeaders = parsed.signedHeaders
        self.time = time
        signature = parsed.signature
        stringsToSign = []

        let headers = CanonicalHeaders(of: request, names: signedHeaders)
        guard signedHeaders.contains("host") else { throw .hostNotSigned }
        for name in ["x-amz-date", "x-amz-x509"] where !signedHeaders.contains(name) { throw .headerNotSigned(name) }
        if let unsigned = headers.unsignedAmazonHeaders.first { throw .headerNotSigned(unsigned) }
        if let absent = headers.firstAbsentName { throw .signedHeaderAbsent(absent) }
        try checkScope()
        try checkClock(now)
        let canonical = CanonicalRequest(request, headers: headers, payloadHash: hash.hexadecimal)
        let head = "\(algorithm.rawValue)\n\(time.basicFormat)\n\(scope.text)\n"
        for canonicalization in Canonicalization.accepted {
            let candidate = Array((head + canonical.hash(canonicalization)).utf8)
            if !stringsToSign.contains(candidate) { stringsToSign.append(candidate) }
        }
    }

    private func checkScope() throws(SignatureFailure) {
        var mismatches: [SignatureFailure.ScopeMismatch] = []
        if scope.service != Self.service { mismatches.append(.service(expected: [Self.service])) }
        if scope.terminator != CredentialScope.validTerminator {
            mismatches.append(.terminator(got: scope.terminator))
        }
        if scope.date != time.date { mismatches.append(.date(got: scope.date, time: time)) }
        if !mismatches.isEmpty { throw .credentialScope(mismatches) }
    }

    private func checkClock(_ now: SigningTime) throws(SignatureFailure) {
        let window = SignatureFailure.ClockWindow(
            requested: time, now: now, allowedSkewSeconds: Self.allowedSkewSeconds)
        if time < now.advanced(bySeconds: -Self.allowedSkewSeconds) { throw .expired(window) }
        if time > now.advanced(bySeconds: Self.allowedSkewSeconds) { throw .notYetCurrent(window) }
    }

    private static func single(
        _ name: String, of request: SignableRequest
    ) throws(SignatureFailure) -> String? {
        switch request.header(name) {
        case .absent: return nil
        case .one(let value): return value
        case .repeated: throw .repeatedHeader(name)
        }
    }

    private struct Parsed {
        var algorithm: Algorithm
        /// Five.
        var credential: [String]
        var signedHeaders: SignedHeaderNames
        var signature: [UInt8]
    }

    private static func parse(_ text: String) -> Parsed? {
        var pieces = text.utf8.split { $0 == UInt8(ascii: ",") || $0 == 0x20 || $0 == 0x09 }.map { Substring($0) }[...]
        guard let algorithm = pieces.popFirst().flatMap({ Algorithm(rawValue: String($0)) }) else { return nil }
        var values: [String: String] = [:]
        for piece in pieces {
            let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, values.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                return nil
            }
        }
        guard let credential = values["Credential"], let names = values["SignedHeaders"],
            let hexadecimal = values["Signature"], hexadecimal.utf8.count <= 2 * longestSignature,
            let signedHeaders = SignedHeaderNames(parsing: names),
            let signature = Hexadecimal.bytes(ofLowercase: hexadecimal), !signature.isEmpty
        else { return nil }
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, !parts[0].isEmpty, parts[0].utf8.count <= 64,
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            parts.dropFirst().allSatisfy({ $0.utf8.count <= SignatureLimits.scopeElementLength })
        else { return nil }
        return Parsed(algorithm: algorithm, credential: parts, signedHeaders: signedHeaders, signature: signature)
    }
}
