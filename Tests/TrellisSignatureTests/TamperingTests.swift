import Testing
import TrellisSignature

/// Each part of a signed request changed in turn.
@Suite struct TamperingTests {
    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var apply: @Sendable (inout SignableRequest) -> Void

        init(_ name: String, _ apply: @escaping @Sendable (inout SignableRequest) -> Void) {
            testDescription = name
            self.apply = apply
        }

        static func header(_ name: String, _ value: String) -> Change {
            Change("\(name): \(value)") { $0.set(name, to: value) }
        }

        static func target(_ target: String) -> Change {
            Change(target) { $0.target = target }
        }

        /// Changes the hexadecimal digits at the end of the `Authorization` header.
        static func signature(_ name: String, _ apply: @escaping @Sendable (String) -> String) -> Change {
            Change("signature \(name)") { request in
                let parts = request.value(of: "authorization").split(separator: "Signature=")
                request.set("authorization", to: parts[0] + "Signature=" + apply(String(parts[1])))
            }
        }

        static func authorization(_ old: String, _ new: String) -> Change {
            Change("\(old) → \(new)") {
                $0.set("authorization", to: $0.value(of: "authorization").replacing(old, with: new))
            }
        }
    }

    static let breaking: [Change] = [
        Change("method") { $0.method = "PUT" },
        Change("method in lower case") { $0.method = "post" },
        .target("/services/svc-2/listeners?maxResults=5&b=2"),
        .target("/services/svc-1/Listeners?maxResults=5&b=2"),
        .target("/services/svc-1/listeners/?maxResults=5&b=2"),
        .target("/services/svc-1%2Flisteners?maxResults=5&b=2"),
        .target("/services/svc%2D1/listeners?maxResults=5&b=2"),
        .target("/services/svc-1/listeners?maxResults=6&b=2"),
        .target("/services/svc-1/listeners?maxResults=5&b=2&b=2"),
        .target("/services/svc-1/listeners?maxResults=5"),
        .target("/services/svc-1/listeners"),
        .target("/services/svc-1/listeners?maxresults=5&b=2"),
        .target("/services/svc-1/listeners?maxResults=5&b=2&c"),
        .target("/services/svc-1/listeners?maxResults=5&b=2?"),
        .header("host", "127.0.0.1:7071"),
        .header("content-type", "text/plain"),
        .header("x-custom", "one two three"),
        Change("a second line of a signed header") { $0.headers.append(("X-Custom", "three")) },
        .header("x-amz-date", "20150830T123601Z"),
        .header("x-amz-content-sha256", PayloadHash.empty.hexadecimal),
        .signature("with another digit") { $0.dropLast() + ($0.last == "0" ? "1" : "0") },
        .signature("cut by a digit") { String($0.dropLast()) },
        .signature("cut by a byte") { String($0.dropLast(2)) },
        .signature("lengthened") { $0 + "00" },
        .signature("empty") { _ in "" },
        .signature("in upper case") { $0.uppercased() },
        .signature("not hexadecimal") { _ in String(repeating: "g", count: 64) },
        .signature("zeros") { _ in String(repeating: "0", count: 64) },
        .authorization("content-type;", ""),
        .authorization(";x-custom", ""),
    ]

    @Test(arguments: breaking)
    func breaksTheSignature(_ change: Change) throws {
        var request = try Example.signed()
        change.apply(&request)
        #expect(throws: SignatureFailure.signatureMismatch) { try Example.verify(request) }
    }

    static let harmless: [Change] = [
        Change("nothing") { _ in },
        .target("/services/svc-1/listeners?b=2&maxResults=5"),
        .target("/services/svc-1/listeners?b=%32&max%52esults=5"),
        .target("/services//svc-1/./x/../listeners?maxResults=5&b=2"),
        .header("x-custom", " one two "),
        Change("header names in upper case") { request in
            for index in request.headers.indices {
                request.headers[index].name = request.headers[index].name.uppercased()
            }
        },
        Change("header order") { $0.headers.reverse() },
        Change("a header that is not signed") { $0.headers.append(("X-Forwarded-For", "10.0.0.1")) },
        Change("a header of a proxy") { $0.headers.append(("x-amzn-trace-id", "Root=1")) },
        .authorization(", ", ","),
        Change("parameters in another order") {
            let parts = $0.value(of: "authorization").dropFirst("AWS4-HMAC-SHA256 ".count).split(separator: ", ")
            $0.set("authorization", to: "AWS4-HMAC-SHA256 " + parts.reversed().joined(separator: ", "))
        },
    ]

    @Test(arguments: harmless)
    func leavesTheSignatureWhole(_ change: Change) throws {
        var request = try Example.signed()
        change.apply(&request)
        #expect(throws: Never.self) { try Example.verify(request) }
    }

    @Test func anotherSecret() throws {
        let stored = StoredCredential(secretAccessKey: SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEx"))
        #expect(throws: SignatureFailure.signatureMismatch) {
            try Example.verify(Example.signed(), credential: stored)
        }
    }

    /// The scope is part of the key and of the string to sign.
    @Test(
        arguments: [
            ("us-east-1", "us-east-2"), ("vpc-lattice", "lambda"), ("AKIDEXAMPLE", "AKIDEXAMPLF"),
        ])
    func anotherScope(_ old: String, _ new: String) throws {
        let signed = try Example.signed()
        let request = signed.setting(
            "authorization", to: signed.value(of: "authorization").replacing(old, with: new))
        let verifier = SignatureVerifier(services: ["vpc-lattice", "lambda"])
        if old == "AKIDEXAMPLE" {
            // Only the look-up depends on the access key id; it is not signed.
            #expect(try Example.verify(request, with: verifier).accessKeyID == new)
        } else {
            #expect(throws: SignatureFailure.signatureMismatch) { try Example.verify(request, with: verifier) }
        }
    }

    @Test func onlyTheListedCanonicalizationsCount() throws {
        var request = Example.request
        request.target = "/a//b?z=1&a=2"
        let raw = Canonicalization(path: .asReceived, query: .asReceived)
        let signed = try Example.signed(request) { $0.canonicalization = raw }
        var verifier = Example.verifier
        #expect(try Example.verify(signed, with: verifier).canonicalization == raw)
        verifier.canonicalizations = [.standard]
        #expect(throws: SignatureFailure.signatureMismatch) { try Example.verify(signed, with: verifier) }
        verifier.canonicalizations = []
        #expect(throws: SignatureFailure.signatureMismatch) { try Example.verify(signed, with: verifier) }
    }
}
