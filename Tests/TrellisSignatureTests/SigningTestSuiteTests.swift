import FoundationEssentials
import Testing
import TrellisSignature

@Suite(
    "AWS signing test suite, header form",
    .enabled(if: SigningTestSuite.isPresent, "\(SigningTestSuite.folder.path) is not there"))
struct SigningTestSuiteTests {
    @Test func isWhole() {
        #expect(SigningTestSuite.cases.count == 38)
    }

    @Test(arguments: SigningTestSuite.cases)
    func givesCanonicalRequestAndStringToSign(_ example: SigningTestSuite.Case) throws {
        let authorization = try authorization(of: example)
        let hash = PayloadHash(of: example.body).hexadecimal
        let request = CanonicalRequest(
            example.signedRequest, signedHeaders: authorization.signedHeaders, payloadHash: hash)
        #expect(String(decoding: request.bytes(example.canonicalization), as: UTF8.self) == example.canonicalRequest)

        let stringToSign = StringToSign(
            algorithm: .hmacSHA256, time: example.time, scope: authorization.scope,
            canonicalRequestHash: request.hash(example.canonicalization))
        #expect(stringToSign.text == example.stringToSign)
        let secret = SecretAccessKey(example.context.credentials.secretAccessKey)
        let key = SigningKey(secretAccessKey: secret, scope: authorization.scope)
        #expect(key.signature(of: stringToSign) == example.signature)
    }

    @Test(arguments: SigningTestSuite.cases)
    func isSignedAsExpected(_ example: SigningTestSuite.Case) throws {
        let credentials = example.context.credentials
        let signer = RequestSigner(
            credentials: ClientCredentials(
                accessKeyID: credentials.accessKeyID, secretAccessKey: SecretAccessKey(credentials.secretAccessKey),
                sessionToken: credentials.token.map(SessionToken.init)),
            region: example.context.region, service: example.context.service,
            canonicalization: example.canonicalization, tokenPlacement: example.signsToken ? .signed : .unsigned)
        var keys = SigningKeyCache()
        let signed = try signer.sign(
            example.request,
            payload: .signed(PayloadHash(of: example.body), isSent: example.context.signBody),
            at: example.time, keys: &keys)
        #expect(try AuthorizationHeader(parsing: signed.value(of: "authorization")) == authorization(of: example))
        // Which header lines there are; the suite adds them in another order.
        #expect(signed.sortedLines == example.signedRequest.sortedLines)
    }

    @Test(arguments: SigningTestSuite.cases)
    func verifies(_ example: SigningTestSuite.Case) throws {
        var verifier = SignatureVerifier(
            services: [example.context.service], region: .exactly(example.context.region),
            canonicalizations: [example.canonicalization])
        if !example.signsToken {
            #expect(throws: SignatureFailure.headerNotSigned("x-amz-security-token")) {
                try verify(example, with: verifier)
            }
            verifier.acceptsUnsignedSessionToken = true
        }
        let verified = try verify(example, with: verifier)
        #expect(verified.accessKeyID == example.context.credentials.accessKeyID)
        #expect(verified.sessionToken?.reveal() == example.context.credentials.token)
        #expect(verified.time == example.time)
        #expect(verified.canonicalization == example.canonicalization)
    }

    @Test(arguments: SigningTestSuite.cases.filter { $0.context.normalize && $0.signsToken })
    func verifiesWithTheAcceptedCanonicalizations(_ example: SigningTestSuite.Case) throws {
        let verified = try verify(example, with: SignatureVerifier(services: [example.context.service]))
        #expect(verified.canonicalization == .standard)
    }

    @discardableResult
    private func verify(
        _ example: SigningTestSuite.Case, with verifier: SignatureVerifier
    ) throws -> VerifiedSignature {
        let credentials = example.context.credentials
        let stored = StoredCredential(
            secretAccessKey: SecretAccessKey(credentials.secretAccessKey),
            lifetime: credentials.token.map {
                .temporary(token: SessionToken($0), expiration: example.time.advanced(bySeconds: 1))
            } ?? .longTerm)
        var keys = SigningKeyCache()
        return try verifier.verify(
            example.signedRequest, payload: .signed(PayloadHash(of: example.body)), now: example.time, keys: &keys
        ) { id, _ in id == credentials.accessKeyID ? stored : nil }
    }

    private func authorization(of example: SigningTestSuite.Case) throws -> AuthorizationHeader {
        try AuthorizationHeader(parsing: example.signedRequest.value(of: "authorization"))
    }
}
