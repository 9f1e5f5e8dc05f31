import Testing

@testable import TrellisSignature

/// Requests with their signature in the query, changed in every way.
@Suite struct PresignedTests {
    /// Signed by botocore 1.43.11, `SigV4QueryAuth` with 60 seconds, for the examples' caller, service and time.
    private static let target =
        "/a?b=c"
        + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fvpc-lattice"
        + "%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
        + "&X-Amz-Signature=5e63b61c9d3197acdab9d77261baa71c9ad967d4ad8e99675882de0513ad86b9"

    private static var verifier: SignatureVerifier {
        var verifier = Example.verifier
        verifier.acceptsQuerySignature = true
        return verifier
    }

    private func request(_ target: String, _ headers: [(String, String)] = []) -> SignableRequest {
        SignableRequest(method: "GET", target: target, headers: [("Host", "service.example.com")] + headers)
    }

    private func verify(
        _ request: SignableRequest, after seconds: Int64 = 0, with verifier: SignatureVerifier = Self.verifier
    ) throws(SignatureFailure) -> VerifiedSignature {
        try Example.verify(
            request, with: verifier, payload: .signed(PayloadHash.empty), now: Example.time.advanced(bySeconds: seconds)
        )
    }

    @Test(arguments: [-300, 0, 60])
    func isGoodUntilItExpires(_ seconds: Int64) throws {
        let verified = try verify(request(Self.target), after: seconds)
        #expect(verified.accessKeyID == Example.accessKeyID)
        #expect(verified.signedHeaders.names == ["host"])
    }

    @Test func anApplicationsOwnAuthorizationDoesNotMatter() throws {
        _ = try verify(request(Self.target, [("Authorization", "Bearer x")]))
    }

    @Test func isRefusedWhereQueriesAreNotAccepted() {
        #expect(throws: SignatureFailure.missingAuthentication) {
            try verify(request(Self.target), with: Example.verifier)
        }
    }

    @Test func isNoSecondSignature() {
        #expect(throws: SignatureFailure.twoSignatures) {
            try verify(request(Self.target, [("Authorization", "AWS4-HMAC-SHA256 Credential=a")]))
        }
    }

    @Test(arguments: [
        ("X-Amz-Expires=60", "X-Amz-Expires=0", SignatureFailure.malformedExpiry("0")),
        ("X-Amz-Expires=60", "X-Amz-Expires=604801", .malformedExpiry("604801")),
        ("X-Amz-Expires=60", "X-Amz-Expires=99999999999999999999", .malformedExpiry("99999999999999999999")),
        ("X-Amz-Expires=60", "X-Amz-Expires=", .malformedExpiry("")),
        ("X-Amz-Expires=60", "X-Amz-Expires=61", .signatureMismatch),
        ("b=c", "b=d", .signatureMismatch),
        ("/a", "/b", .signatureMismatch),
        ("&X-Amz-SignedHeaders=host", "", .queryParametersMissing),
        ("X-Amz-Date=", "X-Amz-Date=20150830T123600Z&%58-Amz-Date=", .queryParametersMissing),
        ("X-Amz-Date=2", "X-Amz-Date=x", .malformedDate("x0150830T123600Z")),
        ("=AWS4-HMAC-SHA256", "=AWS4-HMAC-SHA1", .authorizationHeader(.unsupportedAlgorithm("AWS4-HMAC-SHA1"))),
        ("SignedHeaders=host", "SignedHeaders=host%3B%3Ba", .authorizationHeader(.malformedSignedHeaders("host;;a"))),
        ("SignedHeaders=host", "SignedHeaders=date", .hostNotSigned),
        (
            "%2Faws4_request", "",
            .authorizationHeader(.malformedCredential("AKIDEXAMPLE/20150830/us-east-1/vpc-lattice"))
        ),
        ("%2Fus-east-1%2F", "%2Fus-east-2%2F", .credentialScope([.region(got: "us-east-2")])),
    ])
    func isRefused(_ part: String, _ replacement: String, _ failure: SignatureFailure) {
        #expect(throws: failure) { try verify(request(Self.target.replacing(part, with: replacement))) }
    }

    @Test func expiresAndIsNotYetCurrent() {
        let late = SignatureFailure.ClockWindow(
            requested: Example.time, now: Example.time.advanced(bySeconds: 61), allowedSkewSeconds: 60)
        #expect(throws: SignatureFailure.expired(late)) { try verify(request(Self.target), after: 61) }
        let early = SignatureFailure.ClockWindow(
            requested: Example.time, now: Example.time.advanced(bySeconds: -901), allowedSkewSeconds: 900)
        #expect(throws: SignatureFailure.notYetCurrent(early)) { try verify(request(Self.target), after: -901) }
    }
}

@Suite struct RegionSetTests {
    @Test(arguments: [
        ("*", true), ("us-east-1", true), ("us-*", true), ("*-1", true), ("us-*-1", true), ("u**1", true),
        ("eu-west-1,us-east-1", true), ("eu-west-1, us-east-1", true), ("us-east-1*", true), ("", false),
        (",", false), ("us-east", false), ("us-east-12", false), ("eu-*", false), ("US-EAST-1", false),
        ("us-*-2", false),
    ])
    func contains(_ text: String, _ contains: Bool) {
        #expect(RegionSet(text: text).contains("us-east-1") == contains)
    }

    @Test func aPatternCannotTakeLong() {
        let set = RegionSet(text: String(repeating: "*a", count: 4000))
        #expect(!set.contains(String(repeating: "a", count: 3000) + "b"))
    }
}
