import Testing
import TrellisSignature

@Suite struct SignatureVerifierTests {
    @Test func takesAnyOfItsServicesAndRegions() throws {
        let verifier = SignatureVerifier(services: ["lambda", "vpc-lattice"])
        for service in ["lambda", "vpc-lattice"] {
            for region in ["us-east-1", "eu-central-2", "local"] {
                let signed = try Example.signed {
                    $0.service = service
                    $0.region = region
                }
                let verified = try Example.verify(signed, with: verifier)
                #expect(verified.scope.service == service)
                #expect(verified.scope.region == region)
            }
        }
    }

    @Test func asksForTheCredentialOnceAndOnlyWhenTheFormIsRight() throws {
        var asked: [String] = []
        var keys = SigningKeyCache()
        func verify(_ request: SignableRequest) throws {
            _ = try Example.verifier.verify(
                request, payload: .signed(PayloadHash(of: Example.body)), now: Example.time, keys: &keys
            ) { id, _ in
                asked.append(id)
                return Example.longTerm
            }
        }
        let signed = try Example.signed()
        try verify(signed)
        #expect(asked == [Example.accessKeyID])
        #expect(throws: SignatureFailure.self) { try verify(signed.setting("host", to: nil)) }
        #expect(asked.count == 1)
    }

    @Test func keepsOnlyTheKeysOfSignaturesThatHold() throws {
        var keys = SigningKeyCache()
        func verify(_ request: SignableRequest, _ stored: StoredCredential = Example.longTerm) throws {
            _ = try Example.verifier.verify(
                request, payload: .signed(PayloadHash(of: Example.body)), now: Example.time, keys: &keys
            ) { _, _ in stored }
        }
        let signed = try Example.signed()
        #expect(throws: SignatureFailure.signatureMismatch) { try verify(signed.setting("x-custom", to: "2")) }
        #expect(keys.count == 0)
        try verify(signed)
        #expect(keys.count == 1)
        try verify(signed)
        #expect(keys.count == 1)
        // A kept key does not outlive its secret.
        #expect(throws: SignatureFailure.signatureMismatch) {
            try verify(signed, StoredCredential(secretAccessKey: SecretAccessKey("rotated")))
        }
    }

    @Test(arguments: ["Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 -0000", "20150830T123600Z"])
    func readsTheTimeFromTheDateHeader(_ date: String) throws {
        var request = Example.request
        request.headers.append(("Date", date))
        let names = SignedHeaderNames(["host", "date"])
        let hash = PayloadHash(of: Example.body)
        let scope = CredentialScope(date: Example.time.date, region: Example.region, service: Example.service)
        let stringToSign = StringToSign(
            algorithm: .hmacSHA256, time: Example.time, scope: scope,
            canonicalRequestHash: CanonicalRequest(request, signedHeaders: names, payloadHash: hash.hexadecimal)
                .hash(.standard))
        let signature = SigningKey(secretAccessKey: Example.secret, scope: scope).signature(of: stringToSign)
        let header = AuthorizationHeader(
            algorithm: .hmacSHA256, accessKeyID: Example.accessKeyID, scope: scope, signedHeaders: names,
            signature: signature)
        request.headers.append(("Authorization", header.text))
        #expect(try Example.verify(request).time == Example.time)
        // Where there are both, `x-amz-date` counts.
        request.headers.append(("X-Amz-Date", "20150830T123700Z"))
        #expect(throws: SignatureFailure.headerNotSigned("x-amz-date")) { try Example.verify(request) }
    }

    @Test func takesTheAuthorityOfHTTP2ForTheHost() throws {
        let request = Example.request.setting("host", to: nil).setting(":authority", to: "service.example.com")
        let signed = try Example.signed(request)
        #expect(try Example.verify(signed).signedHeaders.contains(":authority"))
        #expect(throws: SignatureFailure.signatureMismatch) {
            try Example.verify(signed.setting(":authority", to: "other.example.com"))
        }
    }

    @Test(
        arguments: [
            ("AWS4-HMAC-SHA256 Credential=a", true), ("  AWS4-ECDSA-P256-SHA256 x", true), ("Bearer AWS4-", false),
            ("aws4-hmac-sha256", false), ("AWS AKID:sig", false), ("", false),
        ])
    func tellsASignatureFromAnotherScheme(_ value: String, _ expected: Bool) {
        let request = SignableRequest(method: "GET", target: "/", headers: [("Host", "h"), ("AUTHORIZATION", value)])
        #expect(request.claimsSignature == expected)
    }

    /// Sixty kilobytes of headers and as many signed names as fit are checked like any other request.
    @Test func holdsWithLargeHeaders() throws {
        var request = Example.request
        for number in 0..<2500 {
            request.headers.append(("h\(number)", "a b  c d"))
        }
        for _ in 0..<2500 {
            request.headers.append(("repeated", "a b  c d"))
        }
        let signed = try Example.signed(request)
        let verified = try Example.verify(signed)
        #expect(verified.signedHeaders.names.count == 2506)
        #expect(throws: SignatureFailure.signatureMismatch) {
            try Example.verify(signed.setting("h2499", to: "other"))
        }
    }

    /// Whatever a header or target holds, the answer is a verdict.
    @Test(arguments: [1, 2, UInt64.random(in: 3 ... .max)])
    func survivesRandomRequests(seed: UInt64) throws {
        print("Request fuzz seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        let signed = try Example.signed(token: Example.token)
        for round in 0..<2000 {
            var request = signed
            request.target = Self.text(using: &generator)
            if Bool.random(using: &generator) { request.method = Self.text(using: &generator) }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: 0..<request.headers.count, using: &generator)
                request.headers[index].value = Self.text(using: &generator)
            }
            #expect(throws: SignatureFailure.self, "seed \(seed), round \(round)") {
                try Example.verify(request, credential: Example.temporary)
            }
        }
    }

    /// Random bytes, most of them of meaning in a target, repaired to UTF-8.
    private static func text(using generator: inout SeededGenerator) -> String {
        let usual = Array("/?&=%2fF.+ ;:aA0".utf8)
        let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            Int.random(in: 0..<8, using: &generator) == 0
                ? UInt8.random(in: 0...255, using: &generator)
                : usual[Int.random(in: 0..<usual.count, using: &generator)]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
