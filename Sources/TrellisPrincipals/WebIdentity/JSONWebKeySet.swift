import Crypto
import FoundationEssentials
import _CryptoExtras

/// The public keys of an identity provider.
///
/// - Source: RFC 7517 and RFC 7518; keys of other kinds than RSA and P-256, and those not for signatures, are left out.
package struct JSONWebKeySet: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
    }

    private struct Key: Sendable {
        var id: String?
        var material: Material
    }

    private struct Document: Decodable {
        struct Key: Decodable {
            var kty: String
            var kid: String?
            var use: String?
            var crv: String?
            var n: String?
            var e: String?
            var x: String?
            var y: String?
        }

        var keys: [Key]
    }

    private let keys: [Key]

    /// - Throws: What is wrong with the JSON.
    package init(parsing bytes: [UInt8]) throws {
        keys = try JSONDecoder().decode(Document.self, from: Data(bytes)).keys.compactMap { key in
            guard key.use == nil || key.use == "sig", let material = Self.material(of: key) else { return nil }
            return Key(id: key.kid, material: material)
        }
    }

    package var count: Int { keys.count }

    package func hasKey(_ id: String?) -> Bool { !keys(id).isEmpty }

    private func keys(_ id: String?) -> [Key] { id.map { id in keys.filter { $0.id == id } } ?? keys }

    /// - Throws: ``WebTokenError/unknownKey`` or ``WebTokenError/wrongSignature``.
    package func verify(_ token: JSONWebToken) throws(WebTokenError) {
        let candidates = keys(token.keyID)
        guard !candidates.isEmpty else { throw .unknownKey }
        guard candidates.contains(where: { Self.holds(token, $0.material) }) else { throw .wrongSignature }
    }

    private static func holds(_ token: JSONWebToken, _ key: Material) -> Bool {
        switch (key, token.algorithm) {
        case (.rsa(let key), .rs256):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: token.signature),
                for: SHA256.hash(data: token.signedBytes), padding: .insecurePKCS1v1_5)
        case (.p256(let key), .es256):
            (try? P256.Signing.ECDSASignature(rawRepresentation: token.signature)).map { signature in
                key.isValidSignature(signature, for: token.signedBytes)
            } ?? false
        case (.rsa, .es256), (.p256, .rs256): false
        }
    }

    private static func material(of key: Document.Key) -> Material? {
        func bytes(_ text: String?) -> [UInt8]? { text.flatMap { Base64URL.decode(Array($0.utf8)) } }
        switch key.kty {
        case "RSA":
            // 2,048 to 8,192 bits.
            guard let n = bytes(key.n), let e = bytes(key.e), (256...1024).contains(n.count), (1...8).contains(e.count)
            else { return nil }
            return (try? _RSA.Signing.PublicKey(n: n, e: e)).map(Material.rsa)
        case "EC":
            guard key.crv == "P-256", let x = bytes(key.x), let y = bytes(key.y), x.count == 32, y.count == 32 else {
                return nil
            }
            return (try? P256.Signing.PublicKey(x963Representation: [4] + x + y)).map(Material.p256)
        default: return nil
        }
    }
}
