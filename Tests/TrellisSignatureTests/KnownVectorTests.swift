import Testing
import TrellisSignature

/// Signatures published by others or recorded from other programs.
@Suite struct KnownVectorTests {
    /// aws-c-auth's session token case.
    @Test func sessionToken() throws {
        let token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
        let request = SignableRequest(
            method: "GET", target: "/",
            headers: [
                ("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"),
                ("X-Amz-Security-Token", token),
            ])
        let names = SignedHeaderNames(["x-amz-security-token", "host", "x-amz-date"])
        let hash = CanonicalRequest(request, signedHeaders: names, payloadHash: PayloadHash.empty.hexadecimal)
            .hash(.standard)
        #expect(hash == "067b36aa60031588cea4a4cde1f21215227a047690c72247f1d70b32fbbfad2b")

        var signer = Example.signer(token: SessionToken(token))
        signer.service = "service"
        var keys = SigningKeyCache()
        let signed = try signer.sign(request, payload: .signed(.empty, isSent: false), at: Example.time, keys: &keys)
        #expect(
            signed.value(of: "authorization")
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                + "SignedHeaders=host;x-amz-date;x-amz-security-token, "
                + "Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8")
    }

    @Test func emptyBody() {
        #expect(
            PayloadHash.empty.hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    /// `abc`, from FIPS 180-4's examples, in one piece and in three.
    @Test func bodyHash() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(PayloadHash(of: Array("abc".utf8)).hexadecimal == expected)
        #expect(PayloadHash(of: "abc".utf8).hexadecimal == expected)
        // A lazy sequence has no contiguous storage.
        #expect(PayloadHash(of: "abc".utf8.lazy.map { $0 }).hexadecimal == expected)
        var hasher = PayloadHasher()
        for byte in "abc".utf8 {
            withUnsafeBytes(of: byte) { hasher.update($0) }
        }
        #expect(hasher.finalize().hexadecimal == expected)
    }

    /// Recorded from `curl --aws-sigv4` 7.88.1 on loopback.
    struct Curl: Sendable, CustomTestStringConvertible {
        var method = "GET"
        var target: String
        var headers: [(name: String, value: String)] = []
        var body = ""
        var signed = "host;x-amz-date"
        var signature: String
        var form: Canonicalization = .standard

        var testDescription: String { target }

        static let raw = Canonicalization(path: .asReceived, query: .asReceived)
        static let all = [
            Curl(target: "/", signature: "5b8e8e18eac50d1f564eb3864585665dc94b2bc39037b55891e2923a595bbd21"),
            Curl(
                target: "/services?maxResults=5&nextToken=a%2Bb",
                signature: "f31078728b2b1e429439521db77fa907c2b64bbefddcf3c7e66e5ce5ed730a1c"),
            Curl(
                target: "/q?b=2&a=1",
                signature: "25a351ec48c5491ea0bbfa43e33340fce81b8d75ad46acd77a1cde9dbd94ff6f", form: raw),
            Curl(
                target: "/q?k", signature: "7bbb13a653a0b8fbd6035c20ca4267e81b2272ca9ea03a04fc74ce043b824459",
                form: raw),
            Curl(
                target: "//x/../y%20z",
                signature: "ca6990d34abaebf31381fdcf8aa35a75f4c164d112f3576d096baa80b769582c",
                form: Canonicalization(path: .asReceived, query: .sorted)),
            Curl(
                method: "POST", target: "/services", headers: [("content-type", "application/json")],
                body: #"{"a":1}"#, signed: "content-type;host;x-amz-date",
                signature: "9ab646e9d366c262bb2269da5753ac8022639a42915a2e6016460089266451a4"),
            Curl(
                method: "POST", target: "/u", headers: [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], body: "x",
                signed: "host;x-amz-content-sha256;x-amz-date",
                signature: "44b57b0cda57731f1a275d3daad8fd157abebb2c29a88f7f2bba18a7ff277278"),
        ]
    }

    @Test(arguments: Curl.all)
    func curlVerifies(_ curl: Curl) throws {
        let request = SignableRequest(
            method: curl.method, target: curl.target,
            headers: [
                ("Host", "127.0.0.1:41053"),
                (
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/vpc-lattice/aws4_request, "
                        + "SignedHeaders=\(curl.signed), Signature=\(curl.signature)"
                ), ("X-Amz-Date", "20261122T113728Z"), ("User-Agent", "curl/7.88.1"), ("Accept", "*/*"),
            ] + curl.headers)
        let isUnsigned = curl.signed.contains("content-sha256")
        let verified = try Example.verify(
            request, payload: isUnsigned ? .unsigned : .signed(PayloadHash(of: curl.body.utf8)),
            now: try #require(SigningTime(basicFormat: "20261122T113728Z")))
        #expect(verified.canonicalization == curl.form)
    }
}
