import FoundationEssentials

/// Why a token of an identity provider is not taken.
package enum WebTokenError: Error, Hashable, Sendable {
    case malformed
    case unsupportedAlgorithm(String)
    case unknownKey
    case wrongSignature
    case expired(at: Int64, now: Int64)
    case notYetValid
    case wrongIssuer
    case wrongAudience
}

/// A signed token of an OpenID Connect provider, taken apart and not yet believed.
///
/// - Source: RFC 7515, compact serialisation; RFC 7519, registered claims.
package struct JSONWebToken: Sendable {
    package enum Algorithm: String, Sendable {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        case rs256 = "RS256"
        /// ECDSA with P-256 and SHA-256.
        case es256 = "ES256"
    }

    package let algorithm: Algorithm
    package let keyID: String?
    package let claims: Claims
    /// The first two parts with the dot between them.
    let signedBytes: [UInt8]
    let signature: [UInt8]

    /// The claims that STS looks at.
    package struct Claims: Sendable, Decodable {
        package var issuer: String
        package var subject: String
        package var audiences: [String]
        package var authorizedParty: String?
        /// Seconds since 1970.
        package var expiresAt: Int64
        package var notBefore: Int64?
        package var tags: SessionTags?

        /// `https://aws.amazon.com/tags`: `{"principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"]}`.
        package struct SessionTags: Sendable, Decodable {
            package var principalTags: [String: [String]]
            package var transitiveTagKeys: [String]?

            private enum CodingKeys: String, CodingKey {
                case principalTags = "principal_tags"
                case transitiveTagKeys = "transitive_tag_keys"
            }
        }

        private enum CodingKeys: String, CodingKey {
            case issuer = "iss"
            case subject = "sub"
            case audience = "aud"
            case authorizedParty = "azp"
            case expiresAt = "exp"
            case notBefore = "nbf"
            case tags = "https://aws.amazon.com/tags"
        }

        package init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            issuer = try members.decode(String.self, forKey: .issuer)
            subject = try members.decode(String.self, forKey: .subject)
            authorizedParty = try members.decodeIfPresent(String.self, forKey: .authorizedParty)
            if let one = try? members.decode(String.self, forKey: .audience) {
                audiences = [one]
            } else {
                audiences = try members.decode([String].self, forKey: .audience)
            }
            expiresAt = try Self.seconds(members.decode(Double.self, forKey: .expiresAt))
            notBefore = try members.decodeIfPresent(Double.self, forKey: .notBefore).map(Self.seconds)
            tags = try members.decodeIfPresent(SessionTags.self, forKey: .tags)
        }

        /// A time may have a fraction; one that no clock shows is no time.
        private static func seconds(_ time: Double) throws -> Int64 {
            guard (0...253_402_300_799).contains(time) else { throw WebTokenError.malformed }
            return Int64(time)
        }
    }

    private struct Header: Decodable {
        var alg: String
        var kid: String?
        /// Extensions that must be understood; none is.
        var crit: [String]?
    }

    /// - Throws: ``WebTokenError/malformed`` or ``WebTokenError/unsupportedAlgorithm(_:)``.
    package init(parsing text: String) throws(WebTokenError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3,
            let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), !signature.isEmpty,
            let head = try? JSONDecoder().decode(Header.self, from: Data(header)), head.crit == nil
        else { throw .malformed }
        guard let algorithm = Algorithm(rawValue: head.alg) else { throw .unsupportedAlgorithm(head.alg) }
        guard let claims = try? JSONDecoder().decode(Claims.self, from: Data(claims)) else { throw .malformed }
        self.algorithm = algorithm
        keyID = head.kid
        self.claims = claims
        signedBytes = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
        self.signature = signature
    }

    /// - Parameter now: In seconds since 1970.
    /// - Throws: Which claim does not hold.
    package func checkTimes(now: Int64) throws(WebTokenError) {
        guard now < claims.expiresAt else { throw .expired(at: claims.expiresAt, now: now) }
        // Clocks of providers may be a little ahead.
        if let notBefore = claims.notBefore, notBefore > now + 60 { throw .notYetValid }
    }
}

/// Base64 with `-` and `_` and without padding.
///
/// - Source: RFC 4648, section 5.
enum Base64URL {
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count + 3)
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: plain.append(byte)
            }
        }
        while plain.count % 4 != 0 { plain.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(plain)).map { Array($0) }
    }
}
