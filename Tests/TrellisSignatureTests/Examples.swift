import TrellisSignature

/// One caller and one service, so that a test names only what it changes.
enum Example {
    static let accessKeyID = "AKIDEXAMPLE"
    static let secret = SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    static let token = SessionToken("FwoGZXIvYXdzEXAMPLE//token==")
    /// 2015-08-30T12:36:00Z.
    static let time = SigningTime(secondsSinceEpoch: 1_440_938_160)
    static let service = "vpc-lattice"
    static let region = "us-east-1"
    static let body = Array(#"{"name":"greeting"}"#.utf8)

    static let request = SignableRequest(
        method: "POST", target: "/services/svc-1/listeners?maxResults=5&b=2",
        headers: [("Host", "127.0.0.1:7070"), ("Content-Type", "application/json"), ("X-Custom", "one  two")])

    static let verifier = SignatureVerifier(services: [service], region: .exactly(region))
    static let longTerm = StoredCredential(secretAccessKey: secret)
    static let temporary = StoredCredential(
        secretAccessKey: secret, lifetime: .temporary(token: token, expiration: time.advanced(bySeconds: 60)))

    static func signer(token: SessionToken? = nil) -> RequestSigner {
        RequestSigner(
            credentials: ClientCredentials(accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token),
            region: region, service: service)
    }

    /// The example request signed, with the body's hash sent unless `payload` says otherwise.
    static func signed(
        _ request: SignableRequest = request, token: SessionToken? = nil,
        payload: RequestSigner.Payload = .signed(PayloadHash(of: body), isSent: true),
        change: (inout RequestSigner) -> Void = { _ in }
    ) throws -> SignableRequest {
        var signer = signer(token: token)
        change(&signer)
        var keys = SigningKeyCache()
        return try signer.sign(request, payload: payload, at: time, keys: &keys)
    }

    @discardableResult
    static func verify(
        _ request: SignableRequest, with verifier: SignatureVerifier = verifier,
        payload: SignatureVerifier.Payload = .signed(PayloadHash(of: body)), now: SigningTime = time,
        credential: StoredCredential? = longTerm
    ) throws(SignatureFailure) -> VerifiedSignature {
        var keys = SigningKeyCache()
        return try verifier.verify(request, payload: payload, now: now, keys: &keys) { _, _ in credential }
    }
}

extension SignableRequest {
    /// The first value of a header, empty without one.
    func value(of name: String) -> String {
        headers.first { $0.name.lowercased() == name }?.value ?? ""
    }

    /// Replaces every line of a header by one, or by none.
    mutating func set(_ name: String, to value: String?) {
        headers.removeAll { $0.name.lowercased() == name }
        if let value { headers.append((name, value)) }
    }

    func setting(_ name: String, to value: String?) -> SignableRequest {
        var changed = self
        changed.set(name, to: value)
        return changed
    }

    var sortedLines: [String] {
        headers.map { "\($0.name.lowercased()):\($0.value)" }.sorted()
    }
}

/// A small generator with a seed, so that a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
