import FoundationEssentials
import Testing
import TrellisSignature

/// Requests that botocore signed and sent; `Vectors/make-vectors.py` wrote them.
private struct BotocoreVectors: Decodable {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var service: String
        var method: String
        /// As it left the client.
        var target: String
        /// As it was signed, if the client's HTTP layer changed it afterwards.
        var signedTarget: String?
        var headers: [[String]]
        var body: Data?

        var testDescription: String { name }

        func request(target: String) -> SignableRequest {
            SignableRequest(method: method, target: target, headers: headers.map { ($0[0], $0[1]) })
        }
    }

    var accessKeyID: String
    var secretAccessKey: String
    var sessionToken: String
    var region: String
    var time: String
    var vectors: [Vector]

    static let shared: BotocoreVectors = {
        do {
            let file = testsFolder.appending(path: "Vectors/botocore-vectors.json")
            return try JSONDecoder().decode(BotocoreVectors.self, from: Data(contentsOf: file))
        } catch {
            fatalError("botocore-vectors.json: \(error)")
        }
    }()
}

@Suite struct BotocoreVectorTests {
    private let all = BotocoreVectors.shared

    @Test func haveWhatTheyAreFor() {
        let targets = all.vectors.map(\.target)
        let parts = [
            "%20", "%2F", "+", "*", "~", "//", "/../", "%C3%A9", "arn%3Aaws%3Avpc-lattice", "arn%3Aaws%3Alambda",
        ]
        for part in parts {
            #expect(targets.contains { $0.contains(part) }, "\(part)")
        }
        #expect(Set(all.vectors.map(\.service)) == ["vpc-lattice", "lambda", "sts", "iam", "logs"])
        #expect(all.vectors.count > 150)
    }

    @Test(arguments: BotocoreVectors.shared.vectors)
    fileprivate func verifies(_ vector: BotocoreVectors.Vector) throws {
        let verified = try verify(vector, target: vector.signedTarget ?? vector.target)
        #expect(verified.accessKeyID == all.accessKeyID)
        #expect(verified.scope.service == vector.service)
    }

    @Test(arguments: BotocoreVectors.shared.vectors.filter { $0.name != "unsigned payload" })
    fileprivate func doesNotVerifyWithAnotherBody(_ vector: BotocoreVectors.Vector) throws {
        var changed = vector
        changed.body = (vector.body ?? Data()) + [0]
        #expect(throws: SignatureFailure.signatureMismatch) {
            try verify(changed, target: vector.signedTarget ?? vector.target)
        }
    }

    /// A caller that leaves its URL bare signs another text than its HTTP layer sends.
    ///
    /// Where that is only the path, the path as received is what was signed.
    @Test(arguments: ["path '/a b'", "path '/é'", "path '/a[b]'", "path '/a|b'"])
    func verifiesAPathEscapedAfterSigning(_ name: String) throws {
        let vector = try #require(all.vectors.first { $0.name == name })
        #expect(vector.signedTarget != nil)
        #expect(try verify(vector, target: vector.target).canonicalization.path == .asReceived)
    }

    private func verify(_ vector: BotocoreVectors.Vector, target: String) throws -> VerifiedSignature {
        let request = vector.request(target: target)
        let time = try #require(SigningTime(basicFormat: all.time))
        let hasToken = vector.headers.contains { $0[0].lowercased() == "x-amz-security-token" }
        let stored = StoredCredential(
            secretAccessKey: SecretAccessKey(all.secretAccessKey),
            lifetime: hasToken
                ? .temporary(token: SessionToken(all.sessionToken), expiration: time.advanced(bySeconds: 1))
                : .longTerm)
        let isUnsigned = request.value(of: "x-amz-content-sha256") == PayloadHash.unsigned
        var keys = SigningKeyCache()
        return try SignatureVerifier(services: [vector.service], region: .exactly(all.region)).verify(
            request, payload: isUnsigned ? .unsigned : .signed(PayloadHash(of: vector.body ?? Data())), now: time,
            keys: &keys
        ) { id, _ in id == all.accessKeyID ? stored : nil }
    }
}
