import Testing
import TrellisSignature

@Suite struct SecretsTests {
    private static let text = "tops3cr3t"
    private static let scope = CredentialScope(date: "20150830", region: "us-east-1", service: "s")

    private static func everything() throws -> [any Sendable] {
        let secret = SecretAccessKey(text)
        let token = SessionToken(text)
        let key = SigningKey(secretAccessKey: secret, scope: scope)
        var keys = SigningKeyCache()
        keys.insert(.symmetric(key), accessKeyID: "id", scope: scope, secretAccessKey: secret)
        let temporary = StoredCredential(
            secretAccessKey: Example.secret,
            lifetime: .temporary(token: token, expiration: Example.time.advanced(bySeconds: 1)))
        let client = ClientCredentials(accessKeyID: "id", secretAccessKey: secret, sessionToken: token)
        return [
            secret, token, key, keys, temporary, client, Optional(secret), [secret],
            RequestSigner(credentials: client, region: "r", service: "s"),
            try Example.verify(Example.signed(token: token), credential: temporary),
        ]
    }

    @Test func areNeverShown() throws {
        for value in try Self.everything() {
            var shown = "\(value)" + String(describing: value) + String(reflecting: value)
            dump(value, to: &shown)
            #expect(!shown.contains(Self.text))
            #expect(shown.contains("redacted"))
        }
    }

    @Test func haveNoChildren() {
        #expect(Mirror(reflecting: SecretAccessKey(Self.text)).children.isEmpty)
        #expect(Mirror(reflecting: SessionToken(Self.text)).children.isEmpty)
        let key = SigningKey(secretAccessKey: SecretAccessKey(Self.text), scope: Self.scope)
        #expect(Mirror(reflecting: key).children.isEmpty)
    }

    @Test func areRevealedOnDemand() {
        #expect(SecretAccessKey(Self.text).reveal() == Self.text)
        #expect(SessionToken(Self.text).reveal() == Self.text)
    }

    @Test(
        arguments: [
            ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("ab", "ac", false),
            ("a", "", false), ("xb", "ab", false),
            // Canonically equivalent, but other bytes.
            ("\u{E9}", "e\u{301}", false), ("\u{212A}", "K", false),
        ])
    func areEqualByTheirBytes(_ left: String, _ right: String, _ expected: Bool) {
        #expect((SecretAccessKey(left) == SecretAccessKey(right)) == expected)
        #expect((SessionToken(left) == SessionToken(right)) == expected)
    }
}
