package import TrellisModel

/// Temporary credentials, as they are handed out once.
package struct IssuedSession: Sendable {
    package var accessKeyID: String
    package var secretAccessKey: String
    package var sessionToken: String
    package var expiration: Timestamp
    /// How much of what a session may carry the policies and tags take, in percent.
    package var packedPolicySize: Int
}

/// Policies and tags are too large for a token.
package struct SessionTooLarge: Error, Hashable {
    /// Above 100.
    package var percent: Int

    package init(percent: Int) {
        self.percent = percent
    }
}

/// Makes temporary credentials.
package struct SessionIssuer: Sendable {
    /// Bytes that the session's policies, policy ARNs and tags may take together, so that a token fits into one header.
    ///
    /// - Source: STS limits the packed size and does not say to what; chosen so that a token stays below 8 KB.
    package static let packedLimit = 5_120

    private let seal: ServerSeal
    private let clock: any WallClock
    private let random: any RandomSource

    package init(seal: ServerSeal, clock: any WallClock, random: any RandomSource) {
        self.seal = seal
        self.clock = clock
        self.random = random
    }

    /// - Parameters:
    ///   - seconds: How long the credentials work.
    ///   - fill: Adds tags, policies and what else the session has.
    /// - Throws: ``SessionTooLarge``.
    package func issue(
        _ subject: SessionClaims.Subject, seconds: Int, fill: (inout SessionClaims) -> Void = { _ in }
    ) throws -> IssuedSession {
        let now = clock.now().millisecondsSinceEpoch / 1000
        var claims = SessionClaims(
            subject: subject, secret: AccessKeyText.secret(random), issuedAt: now, expiresAt: now + Int64(seconds))
        fill(&claims)
        let packed =
            (claims.policies + claims.policyARNs).reduce(0) { $0 + $1.utf8.count }
            + claims.tags.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        let percent = (packed * 100 + Self.packedLimit - 1) / Self.packedLimit
        guard percent <= 100 else { throw SessionTooLarge(percent: percent) }
        let id = AccessKeyText.id("ASIA", random)
        guard let token = seal.sealSession(try claims.encoded(), for: id) else {
            throw SealingFailed()
        }
        return IssuedSession(
            accessKeyID: id, secretAccessKey: claims.secret, sessionToken: token,
            expiration: Timestamp(millisecondsSinceEpoch: claims.expiresAt * 1000), packedPolicySize: percent)
    }
}

/// The server has no key to seal with, or the sealing failed.
package struct SealingFailed: Error {
    package init() {}
}

/// The texts of access keys.
///
/// - Source: reference identity.md §5.1.
package enum AccessKeyText {
    private static let idAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    private static let secretAlphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The prefix and 16 characters of `A-Z2-7`.
    package static func id(_ prefix: String, _ random: some RandomSource) -> String {
        prefix + text(16, of: idAlphabet, random)
    }

    /// Forty characters of the base64 alphabet.
    package static func secret(_ random: some RandomSource) -> String { text(40, of: secretAlphabet, random) }

    private static func text(_ count: Int, of alphabet: [UInt8], _ random: some RandomSource) -> String {
        // Both alphabets are a power of two long, so that every character is as likely as the others.
        let characters = (0..<count).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        return String(decoding: characters, as: UTF8.self)
    }
}
