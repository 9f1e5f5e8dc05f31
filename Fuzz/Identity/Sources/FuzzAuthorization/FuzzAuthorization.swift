import TrellisSignature

/// Any bytes are a target, a line end and the value of `Authorization`: no signature holds that nobody made.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAuthorization(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: data, count: count)
    let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    let authorization = parts.count == 2 ? parts[1] : ""
    if let header = try? AuthorizationHeader(parsing: authorization) {
        require((try? AuthorizationHeader(parsing: header.text)) == header, "what is written is not what was read")
    }
    var headers = [
        ("host", "h"), ("x-amz-date", "20150830T123600Z"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-region-set", "us-*"),
    ]
    if !authorization.isEmpty { headers.append(("authorization", authorization)) }
    verify(SignableRequest(method: "GET", target: parts[0], headers: headers))
    return 0
}

private func verify(_ request: SignableRequest) {
    var verifier = SignatureVerifier(services: ["vpc-lattice-svcs"], region: .exactly("us-east-1"))
    verifier.algorithms = [.hmacSHA256, .ecdsaP256SHA256]
    verifier.acceptsQuerySignature = true
    verifier.acceptsUnsignedSessionToken = true
    var keys = SigningKeyCache(capacity: 16)
    let stored = StoredCredential(secretAccessKey: SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
    do {
        _ = try verifier.verify(
            request, payload: .unsigned, now: SigningTime(secondsSinceEpoch: 1_440_938_160), keys: &keys
        ) { _, _ in stored }
        require(false, "a signature holds")
    } catch {
        // A message repeats at most 256 bytes of each part, and never a secret.
        require(error.message.utf8.count < 4096, "message")
        require(!error.message.contains("wJalr"), "secret")
    }
}

private func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError(what()) }
}
