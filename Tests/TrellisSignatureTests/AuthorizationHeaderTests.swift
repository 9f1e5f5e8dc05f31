import Testing
import TrellisSignature

@Suite struct AuthorizationHeaderTests {
    static let credential = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    static let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    static let whole =
        "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=host;x-amz-date, Signature=\(signature)"

    @Test(
        arguments: [
            whole,
            whole.replacing(", ", with: ","),
            whole.replacing(", ", with: " ,\t "),
            whole.replacing(", ", with: " "),
            whole + ",",
            "AWS4-HMAC-SHA256 Signature=\(signature),SignedHeaders=x-amz-date;host,Credential=\(credential)",
            "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=Host;X-Amz-Date;host, Signature=\(signature)",
            "AWS4-HMAC-SHA256 Other=1, Date=2, Credential=\(credential), SignedHeaders=host;x-amz-date, "
                + "Signature=\(signature), credential=x",
        ])
    func reads(_ text: String) throws {
        let header = try AuthorizationHeader(parsing: text)
        #expect(header.algorithm == .hmacSHA256)
        #expect(header.accessKeyID == "AKIDEXAMPLE")
        #expect(
            header.scope
                == CredentialScope(
                    date: "20150830", region: "us-east-1", service: "service", terminator: "aws4_request"))
        #expect(header.signedHeaders.names == ["host", "x-amz-date"])
        #expect(header.signature == Self.signature)
        #expect(header.text == Self.whole)
    }

    @Test(
        arguments: [
            ("", .noAlgorithm),
            (" , ", .noAlgorithm),
            ("Credential=\(credential), SignedHeaders=host, Signature=a", .noAlgorithm),
            ("AWS4-HMAC-SHA256 Credential=é", .invalidCharacter),
            // printf 'Bearer token' | openssl dgst -sha256 -binary | base64
            ("Bearer token", .notAPair(headerHash: "sirDDmH2JNXZ7PrsYu3JMpduFdLxWZgJKX9UIu07OWs=")),
            (
                "AWS4-HMAC-SHA256",
                .missing(
                    [.credential, .signature, .signedHeaders],
                    headerHash: "YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=")
            ),
            (
                "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=a",
                .missing([.credential], headerHash: "3tR8uVRYt/kZ1D5IHeqogYumDlioB9M7IMOqmuC55VU=")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(credential) Signature=a",
                .missing([.signedHeaders], headerHash: "cf1XqKBlCXN6ywo6szsZHFrOvwh+uYjZe/qMTz5DXJY=")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(credential),SignedHeaders=host",
                .missing([.signature], headerHash: "348a3GKeCGfz+CCXx6SYnqMbCVeNmWudPOlCbvLP3Oo=")
            ),
            (
                "Basic dXNlcjpwYXNz=",
                .missing(
                    [.credential, .signature, .signedHeaders],
                    headerHash: "I1N0vsibpuzBhZSBqbVdFN3W8Clpm14WJlz9BnRwTI4=")
            ),
            ("AWS4-HMAC-SHA256 Credential=a, Credential=a", .repeated(.credential)),
            ("AWS4-HMAC-SHA256 Signature=a, Signature=b", .repeated(.signature)),
            ("AWS4-HMAC-SHA256 SignedHeaders=a, SignedHeaders=a", .repeated(.signedHeaders)),
            (
                "AWS4-HMAC-SHA1 Credential=\(credential), SignedHeaders=host, Signature=a",
                .unsupportedAlgorithm("AWS4-HMAC-SHA1")
            ),
            (
                "aws4-hmac-sha256 Credential=\(credential), SignedHeaders=host, Signature=a",
                .unsupportedAlgorithm("aws4-hmac-sha256")
            ),
            ("AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=a", .malformedCredential("")),
            (
                "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=a",
                .malformedCredential("a/b/c/d")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=a",
                .malformedCredential("a/b/c/d/e/f")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=/b/c/d/e, SignedHeaders=host, Signature=a",
                .malformedCredential("/b/c/d/e")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(String(repeating: "k", count: 129))/b/c/d/e, SignedHeaders=host, Signature=a",
                .malformedCredential(String(repeating: "k", count: 129) + "/b/c/d/e")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/b/\(String(repeating: "r", count: 65))/d/e, SignedHeaders=host, Signature=a",
                .malformedCredential("a/b/" + String(repeating: "r", count: 65) + "/d/e")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=host;;a, Signature=a",
                .malformedSignedHeaders("host;;a")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=host;, Signature=a",
                .malformedSignedHeaders("host;")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=host;a:b, Signature=a",
                .malformedSignedHeaders("host;a:b")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=:, Signature=a",
                .malformedSignedHeaders(":")
            ),
        ] as [(String, AuthorizationHeaderError)])
    func refuses(_ text: String, with error: AuthorizationHeaderError) {
        #expect(throws: error) { try AuthorizationHeader(parsing: text) }
    }

    @Test(arguments: [0x00, 0x0A, 0x0D, 0x1F, 0x7F] as [UInt8])
    func refusesControlCharacters(_ byte: UInt8) {
        #expect(throws: AuthorizationHeaderError.invalidCharacter) {
            try AuthorizationHeader(parsing: Self.whole + String(Unicode.Scalar(byte)))
        }
    }

    @Test func isBounded() throws {
        let room = SignatureLimits.authorizationLength - Self.whole.utf8.count
        let longest = Self.whole + String(repeating: ",", count: room)
        #expect(try AuthorizationHeader(parsing: longest).signature == Self.signature)
        #expect(throws: AuthorizationHeaderError.tooLong) { try AuthorizationHeader(parsing: longest + ",") }
    }

    /// Random changes never trap; what is still read can be written and read again, within the bounds.
    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max)])
    func survivesRandomChanges(seed: UInt64) {
        print("AuthorizationHeader fuzz seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        var isRead = 0
        for round in 0..<5000 {
            let text = Mutation.mutate(Self.whole, using: &generator)
            guard let header = try? AuthorizationHeader(parsing: text) else { continue }
            isRead += 1
            #expect(text.utf8.count <= SignatureLimits.authorizationLength, "seed \(seed), round \(round)")
            #expect(header.accessKeyID.utf8.count <= SignatureLimits.accessKeyIDLength, "seed \(seed), round \(round)")
            #expect(
                (try? AuthorizationHeader(parsing: header.text)) == header, "seed \(seed), round \(round): \(text)")
        }
        #expect(isRead > 0 && isRead < 5000, "seed \(seed)")
    }

    /// A changed header passes only if it says the same as the one that was signed.
    @Test(arguments: [1, 2, UInt64.random(in: 3 ... .max)])
    func doesNotVerifyAfterRandomChanges(seed: UInt64) throws {
        print("Verifier fuzz seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        let signed = try Example.signed()
        let original = try AuthorizationHeader(parsing: signed.value(of: "authorization"))
        for round in 0..<2000 {
            let text = Mutation.mutate(signed.value(of: "authorization"), using: &generator)
            let request = signed.setting("authorization", to: text)
            guard (try? Example.verify(request)) != nil else { continue }
            let changed = try AuthorizationHeader(parsing: text)
            #expect(changed.scope == original.scope, "seed \(seed), round \(round): \(text)")
            #expect(changed.signedHeaders == original.signedHeaders, "seed \(seed), round \(round): \(text)")
            #expect(changed.signature == original.signature, "seed \(seed), round \(round): \(text)")
        }
    }
}

/// Random edits of a text, biased to the characters that mean something in an `Authorization` header.
private enum Mutation {
    private static let pieces: [String] = [
        ",", ", ", " ", "=", "==", "/", ";", ":", "%", "\t", "\n", "\u{0}", "é", "a", "A", "0", "Credential=",
        "Signature=", "SignedHeaders=", "host", "AWS4-HMAC-SHA256", String(repeating: "x", count: 200),
    ]

    static func mutate(_ text: String, using generator: inout SeededGenerator) -> String {
        var characters = Array(text)
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !characters.isEmpty {
            let start = Int.random(in: 0..<characters.count, using: &generator)
            let end = min(characters.count, start + Int.random(in: 0...12, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: characters.removeSubrange(start..<end)
            case 1: characters.insert(contentsOf: pieces.randomElement(using: &generator) ?? "", at: start)
            case 2: characters.replaceSubrange(start..<end, with: pieces.randomElement(using: &generator) ?? "")
            case 3: characters.append(contentsOf: characters[start..<end])
            case 4: characters[start] = Character(Unicode.Scalar(UInt8.random(in: 0...127, using: &generator)))
            default: characters.swapAt(start, Int.random(in: 0..<characters.count, using: &generator))
            }
        }
        return String(characters)
    }
}
