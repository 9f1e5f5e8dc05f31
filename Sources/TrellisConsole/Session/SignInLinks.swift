import Crypto
package import TrellisModel
package import TrellisSignature

/// Makes and checks the tokens of sign-in links: `<expiry in s>.<nonce>.<HMAC-SHA256 in hexadecimal digits>`.
///
/// The key is derived from the root secret access key and the id of the server's process, so whoever may read the
/// credentials file can make a link without asking the server, and a link does not outlive the server that would remember
/// its use.
package struct SignInLinks: Sendable {
    /// For how long a link can be used.
    package static let lifetime: Duration = .seconds(600)

    private let key: SymmetricKey

    package init(secret: SecretAccessKey, processID: Int32) {
        let purpose = "trellis console sign-in \(processID)"
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(purpose.utf8), using: SymmetricKey(data: Array(secret.reveal().utf8)))
        key = SymmetricKey(data: code)
    }

    package func makeToken(at now: Timestamp, random: any RandomSource) -> String {
        let expiry = now.advanced(by: Self.lifetime).millisecondsSinceEpoch / 1000
        let claim = "\(expiry).\(random.hexadecimalDigits(words: 2))"
        return "\(claim).\(hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(claim.utf8), using: key)))"
    }

    /// - Parameter operatorURL: For example `http://127.0.0.1:7071`.
    package func makeLink(operatorURL: String, at now: Timestamp, random: any RandomSource) -> String {
        "\(operatorURL)\(ConsolePath.root)/sign-in?token=\(makeToken(at: now, random: random))"
    }

    /// - Returns: What a token may be used for once; `nil` if it is not genuine or too old.
    func claim(of token: String, at now: Timestamp) -> Claim? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].utf8.count == 32, let expiry = Int64(parts[0]), parts[2].utf8.count == 64,
            let code = bytes(parts[2]),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Array("\(parts[0]).\(parts[1])".utf8), using: key),
            now.millisecondsSinceEpoch / 1000 < expiry
        else { return nil }
        return Claim(nonce: String(parts[1]), expiresAt: Timestamp(millisecondsSinceEpoch: expiry &* 1000))
    }

    struct Claim: Hashable {
        var nonce: String
        var expiresAt: Timestamp
    }

    private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func bytes(_ text: Substring) -> [UInt8]? {
        var digits = text.utf8.makeIterator()
        var bytes: [UInt8] = []
        while let high = digits.next(), let low = digits.next() {
            guard let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
