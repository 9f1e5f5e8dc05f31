import Testing
import TrellisSignature

@Suite struct RepeatedRequestSignerTests {
    private static func signer(token: String?) -> RequestSigner {
        RequestSigner(
            credentials: ClientCredentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: SecretAccessKey("secret"),
                sessionToken: token.map { SessionToken($0) }),
            region: "eu-west-1", service: "lambda")
    }

    private static let request = SignableRequest(
        method: "POST",
        target: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af/invocations"
            + "?Qualifier=%24LATEST",
        headers: [("host", "127.0.0.1:7070"), ("content-type", "application/json")])

    /// The same body and time twice, other bodies, the next second, the next day, and back.
    @Test(arguments: [nil, "token/+="])
    func signsAsTheRequestSignerDoes(_ token: String?) throws {
        let signer = Self.signer(token: token)
        var repeated = try RepeatedRequestSigner(Self.request, signer: signer)
        let start: Int64 = 1_700_000_000
        let calls: [(String, Int64)] = [
            ("{}", start), ("{}", start), ("{\"a\":1}", start), ("", start + 1), ("x", start + 86_400), ("{}", start),
        ]
        for (body, seconds) in calls {
            let time = SigningTime(secondsSinceEpoch: seconds)
            let lines = Array(body.utf8).withUnsafeBytes { repeated.sign(body: $0, at: time) }
            var keys = SigningKeyCache(capacity: 0)
            let expected = try signer.sign(
                Self.request, payload: .signed(PayloadHash(of: body.utf8), isSent: false), at: time, keys: &keys)
            let added = expected.headers.filter { !["host", "content-type"].contains($0.name) }
            #expect(
                String(decoding: lines, as: UTF8.self).split(separator: "\r\n").map(String.init).sorted()
                    == added.map { "\($0.name): \($0.value)" }.sorted())
        }
    }

    @Test func aRequestWithoutHostIsRefused() {
        let request = SignableRequest(method: "GET", target: "/", headers: [])
        #expect(throws: RequestSigningError.hostMissing) {
            try RepeatedRequestSigner(request, signer: Self.signer(token: nil))
        }
    }
}
