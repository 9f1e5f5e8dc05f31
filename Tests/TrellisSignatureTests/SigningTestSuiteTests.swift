import FoundationEssentials
import Testing

@testable import TrellisSignature

@Suite(
    "AWS signing test suite",
    .enabled(if: SigningTestSuite.isPresent, "\(SigningTestSuite.folder.path) is not there"))
struct SigningTestSuiteTests {
    @Test(arguments: SigningTestSuite.Version.allCases, SigningTestSuite.Form.allCases)
    func isWhole(_ version: SigningTestSuite.Version, _ form: SigningTestSuite.Form) {
        #expect(SigningTestSuite.cases.count { $0.version == version && $0.form == form } == 38)
    }

    @Test(arguments: SigningTestSuite.cases)
    func givesCanonicalRequestAndStringToSign(_ example: SigningTestSuite.Case) throws {
        let received = try ReceivedSignature(of: example.signedRequest, acceptsQuery: true)
        #expect(received.authorization.algorithm == example.version.algorithm)
        var target = example.signedRequest
        target.target =
            example.signsToken ? received.signedTarget : received.signedTargetWithoutToken ?? received.signedTarget
        let request = CanonicalRequest(
            target, signedHeaders: received.authorization.signedHeaders,
            payloadHash: PayloadHash(of: example.body).hexadecimal)
        #expect(String(decoding: request.bytes(example.canonicalization), as: UTF8.self) == example.canonicalRequest)

        let stringToSign = StringToSign(
            algorithm: example.version.algorithm, time: received.time, scope: received.authorization.scope,
            canonicalRequestHash: request.hash(example.canonicalization))
        #expect(stringToSign.text == example.stringToSign)
        let credentials = example.context.credentials
        let key = try #require(
            DerivedKey(
                secretAccessKey: SecretAccessKey(credentials.secretAccessKey),
                accessKeyID: credentials.accessKeyID, algorithm: example.version.algorithm,
                scope: received.authorization.scope))
        // An ECDSA signature is another one every time; the suite's own must hold.
        #expect(key.isValid(try #require(Hexadecimal.bytes(ofLowercase: example.signature)), for: stringToSign))
        switch key {
        case .symmetric: #expect(try key.signature(of: stringToSign) == example.signature)
        case .asymmetric(let pair):
            let point = try #require(example.publicKey.flatMap { zip($0["X"], $0["Y"]) })
            #expect(Hexadecimal.lowercase(pair.publicPoint) == point.0 + point.1)
        }
    }

    @Test(arguments: SigningTestSuite.cases.filter { $0.form == .header })
    func isSignedAsExpected(_ example: SigningTestSuite.Case) throws {
        let credentials = example.context.credentials
        var signer = RequestSigner(
            credentials: ClientCredentials(
                accessKeyID: credentials.accessKeyID, secretAccessKey: SecretAccessKey(credentials.secretAccessKey),
                sessionToken: credentials.token.map(SessionToken.init)),
            region: example.context.region, service: example.context.service,
            canonicalization: example.canonicalization, tokenPlacement: example.signsToken ? .signed : .unsigned)
        signer.algorithm = example.version.algorithm
        var keys = SigningKeyCache()
        var signed = try signer.sign(
            example.request,
            payload: .signed(PayloadHash(of: example.body), isSent: example.context.signBody),
            at: example.time, keys: &keys)
        var expected = example.signedRequest
        if example.version == .v4a {
            try verify(signed, of: example, with: verifier(of: example))
            signed.set("authorization", to: try unsigned(signed))
            expected.set("authorization", to: try unsigned(expected))
        }
        #expect(
            try AuthorizationHeader(parsing: signed.value(of: "authorization"))
                == AuthorizationHeader(parsing: expected.value(of: "authorization")))
        // Which header lines there are; the suite adds them in another order.
        #expect(signed.sortedLines == expected.sortedLines)
    }

    @Test(arguments: SigningTestSuite.cases)
    func verifies(_ example: SigningTestSuite.Case) throws {
        var verifier = verifier(of: example)
        if !example.signsToken {
            verifier.acceptsUnsignedSessionToken = false
            #expect(
                throws: example.form == .header
                    ? SignatureFailure.headerNotSigned("x-amz-security-token") : .signatureMismatch
            ) {
                try verify(example.signedRequest, of: example, with: verifier)
            }
            verifier.acceptsUnsignedSessionToken = true
        }
        let verified = try verify(example.signedRequest, of: example, with: verifier)
        #expect(verified.accessKeyID == example.context.credentials.accessKeyID)
        #expect(verified.sessionToken?.reveal() == example.context.credentials.token)
        #expect(verified.time == example.time)
        #expect(verified.canonicalization == example.canonicalization)
    }

    @Test(arguments: SigningTestSuite.cases)
    func doesNotVerifyForAnotherRegionOrAnotherBody(_ example: SigningTestSuite.Case) throws {
        var verifier = verifier(of: example)
        verifier.region = .exactly("us-east-2")
        #expect(throws: SignatureFailure.credentialScope([.region(got: example.context.region)])) {
            try verify(example.signedRequest, of: example, with: verifier)
        }
        verifier.region = .any
        var other = example
        other.body.append(0)
        // A body whose hash is sent has a signature that holds, for another body.
        #expect(
            throws: example.signedRequest.value(of: "x-amz-content-sha256").isEmpty
                ? SignatureFailure.signatureMismatch : .contentHashMismatch
        ) {
            try verify(example.signedRequest, of: other, with: verifier)
        }
    }

    @Test(arguments: SigningTestSuite.cases.filter { $0.context.normalize && $0.signsToken })
    func verifiesWithTheAcceptedCanonicalizations(_ example: SigningTestSuite.Case) throws {
        var verifier = verifier(of: example)
        verifier.canonicalizations = Canonicalization.accepted
        #expect(try verify(example.signedRequest, of: example, with: verifier).canonicalization == .standard)
    }

    private func verifier(of example: SigningTestSuite.Case) -> SignatureVerifier {
        var verifier = SignatureVerifier(
            services: [example.context.service], region: .exactly(example.context.region),
            canonicalizations: [example.canonicalization], acceptsUnsignedSessionToken: !example.signsToken)
        verifier.algorithms = [example.version.algorithm]
        verifier.acceptsQuerySignature = true
        return verifier
    }

    @discardableResult
    private func verify(
        _ request: SignableRequest, of example: SigningTestSuite.Case, with verifier: SignatureVerifier
    ) throws -> VerifiedSignature {
        let credentials = example.context.credentials
        let stored = StoredCredential(
            secretAccessKey: SecretAccessKey(credentials.secretAccessKey),
            lifetime: credentials.token.map {
                .temporary(token: SessionToken($0), expiration: example.time.advanced(bySeconds: 1))
            } ?? .longTerm)
        var keys = SigningKeyCache()
        return try verifier.verify(
            request, payload: .signed(PayloadHash(of: example.body)), now: example.time, keys: &keys
        ) { id, token in id == credentials.accessKeyID && token?.reveal() == credentials.token ? stored : nil }
    }

    /// The `Authorization` header with a signature that is always the same.
    private func unsigned(_ request: SignableRequest) throws -> String {
        var header = try AuthorizationHeader(parsing: request.value(of: "authorization"))
        header.signature = "00"
        return header.text
    }
}

private func zip(_ left: String?, _ right: String?) -> (String, String)? {
    if let left, let right { (left, right) } else { nil }
}
