import BenchmarkCounting
import NIOHTTP1
import TrellisSignature

/// A GET with 20 header lines, all of them signed that may be, by a key that was derived before.
var signatureCases: [BenchmarkCase] {
    let bars = [BenchmarkCase.Bar.instructions(60_000)]
    return [
        BenchmarkCase(name: "sign-get-20-headers", operations: 200, bars: bars) {
            var keys = SigningKeyCache()
            return PreparedOperation {
                try signer.sign(request, payload: .unsigned, at: time, keys: &keys).headers.count
            }
        },
        BenchmarkCase(name: "sign-again-1k", operations: 200, bars: bars) {
            var repeated = try RepeatedRequestSigner(request, signer: signer)
            let body = [UInt8](repeating: 0x61, count: 1024)
            return PreparedOperation { body.withUnsafeBytes { repeated.sign(body: $0, at: time).count } }
        },
        BenchmarkCase(name: "verify-get-20-headers", operations: 200, bars: bars) {
            var keys = SigningKeyCache()
            let signed = try signer.sign(request, payload: .unsigned, at: time, keys: &keys)
            var verifier = SignatureVerifier(services: ["vpc-lattice-svcs"], region: .exactly("us-east-1"))
            verifier.algorithms = [.hmacSHA256, .ecdsaP256SHA256]
            verifier.acceptsQuerySignature = true
            return PreparedOperation {
                let verified = try verifier.verify(signed, payload: .unsigned, now: time, keys: &keys) { _, _ in
                    StoredCredential(secretAccessKey: secret)
                }
                return verified.accessKeyID.utf8.count
            }
        },
    ]
}

private let secret = SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
private let time = SigningTime(secondsSinceEpoch: 1_750_000_000)
private let signer = RequestSigner(
    credentials: ClientCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret), region: "us-east-1",
    service: "vpc-lattice-svcs")
private let request = SignableRequest(
    method: "GET", target: SampleRequest.head().uri, headers: SampleRequest.headers())
