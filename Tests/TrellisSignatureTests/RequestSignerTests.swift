import Testing
import TrellisSignature

@Suite struct RequestSignerTests {
    @Test func signsWhatTheVerifierAccepts() throws {
        let verified = try Example.verify(Example.signed())
        #expect(verified.accessKeyID == Example.accessKeyID)
        #expect(verified.scope.text == "20150830/us-east-1/vpc-lattice/aws4_request")
        #expect(verified.time == Example.time)
        #expect(verified.signedHeaders.joined == "content-type;host;x-amz-content-sha256;x-amz-date;x-custom")
        #expect(verified.sessionToken == nil)
        #expect(verified.canonicalization == .standard)
    }

    @Test func sendsTheHashOnlyWhenAsked() throws {
        let hash = PayloadHash(of: Example.body)
        #expect(try Example.signed().value(of: "x-amz-content-sha256") == hash.hexadecimal)
        let silent = try Example.signed(payload: .signed(hash, isSent: false))
        #expect(silent.value(of: "x-amz-content-sha256").isEmpty)
        try Example.verify(silent)
    }

    @Test func signsWithoutTheBody() throws {
        let signed = try Example.signed(payload: .unsigned)
        #expect(signed.value(of: "x-amz-content-sha256") == "UNSIGNED-PAYLOAD")
        try Example.verify(signed, payload: .unsigned)
    }

    @Test func signsTheToken() throws {
        let signed = try Example.signed(token: Example.token)
        let verified = try Example.verify(signed, credential: Example.temporary)
        #expect(verified.sessionToken == Example.token)
        #expect(verified.signedHeaders.contains("X-Amz-Security-Token"))
    }

    @Test func addsTheTokenAfterSigningWhenAsked() throws {
        let signed = try Example.signed(token: Example.token) { $0.tokenPlacement = .unsigned }
        var verifier = Example.verifier
        verifier.acceptsUnsignedSessionToken = true
        let verified = try Example.verify(signed, with: verifier, credential: Example.temporary)
        #expect(verified.sessionToken == Example.token)
        #expect(!verified.signedHeaders.contains("x-amz-security-token"))
    }

    @Test(arguments: [Canonicalization.standard] + Canonicalization.accepted)
    func signsInEveryAcceptedForm(_ form: Canonicalization) throws {
        var request = Example.request
        request.target = "//a/../b%20c?z=%2f&a&z=+"
        let verified = try Example.verify(Example.signed(request) { $0.canonicalization = form })
        #expect(verified.canonicalization == form)
    }

    @Test func replacesAnEarlierSignature() throws {
        var once = try Example.signed(token: Example.token)
        once.headers.append(("Date", "Mon, 01 Jan 2001 00:00:00 GMT"))
        let twice = try Example.signed(once)
        try Example.verify(twice)
        #expect(twice.sortedLines == (try Example.signed()).sortedLines)
        #expect(!twice.headers.contains { $0.name.lowercased() == "x-amz-security-token" })
    }

    @Test func leavesOutWhatChangesOnTheWay() throws {
        var request = Example.request
        for name in RequestSigner.neverSigned.sorted() where name != "authorization" {
            request.headers.append((name.uppercased(), "first"))
        }
        var signed = try Example.signed(request)
        for index in signed.headers.indices where signed.headers[index].value == "first" {
            signed.headers[index].value = "changed"
        }
        let verified = try Example.verify(signed)
        #expect(verified.signedHeaders.names.allSatisfy { !RequestSigner.neverSigned.contains($0) })
    }

    @Test func refusesToSignWithoutAHost() {
        #expect(throws: RequestSigningError.hostMissing) {
            try Example.signed(Example.request.setting("host", to: nil))
        }
        #expect(throws: Never.self) {
            try Example.verify(
                Example.signed(Example.request.setting("host", to: nil).setting(":authority", to: "h")))
        }
    }

    @Test func keepsTheDerivedKey() throws {
        var keys = SigningKeyCache()
        let payload = RequestSigner.Payload.signed(.empty, isSent: false)
        let first = try Example.signer().sign(Example.request, payload: payload, at: Example.time, keys: &keys)
        #expect(keys.count == 1)
        let second = try Example.signer().sign(Example.request, payload: payload, at: Example.time, keys: &keys)
        #expect(keys.count == 1)
        #expect(first.sortedLines == second.sortedLines)
    }
}
