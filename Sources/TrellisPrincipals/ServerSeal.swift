import Crypto
import FoundationEssentials
import Synchronization

/// Seals and opens small texts with the server's keys (AES-256-GCM).
///
/// A sealed text is base64 of: format (1 byte), key number (4), nonce (12), ciphertext, tag (16). Everything before the
/// ciphertext, what the text is for and whom it belongs to are authenticated with it.
///
/// Only the one spelling that ``seal(_:for:)`` made opens: base64 with other unused bits is refused.
package final class ServerSeal: Sendable {
    private static let format: UInt8 = 1
    private static let headLength = 5
    private static let nonceLength = 12
    private static let tagLength = 16

    private let keys: Mutex<SealingKeys>

    package init(_ keys: SealingKeys) {
        self.keys = Mutex(keys)
    }

    /// Takes rotated keys.
    package func replace(_ keys: SealingKeys) {
        self.keys.withLock { $0 = keys }
    }

    package var current: SealingKeys { keys.withLock { $0 } }

    // MARK: Session tokens

    /// - Parameter owner: The access key id that the token goes with.
    /// - Returns: `nil` without a key, which no server is.
    package func sealSession(_ plaintext: [UInt8], for owner: String) -> String? {
        guard let key = keys.withLock({ $0.sessions.last }) else { return nil }
        return Self.seal(plaintext, with: key, context: "session/\(owner)")
    }

    /// - Returns: `nil` for everything that this server did not seal for this owner.
    package func openSession(_ text: String, of owner: String) -> [UInt8]? {
        guard let sealed = Self.bytes(of: text), let number = Self.keyNumber(of: sealed),
            let key = keys.withLock({ $0.sessions.first { $0.number == number } })
        else { return nil }
        return Self.open(sealed, with: key, context: "session/\(owner)")
    }

    // MARK: Secrets in the store

    package func sealAtRest(_ plaintext: String, for owner: String) -> String? {
        Self.seal(Array(plaintext.utf8), with: keys.withLock { $0.atRest }, context: "at-rest/\(owner)")
    }

    package func openAtRest(_ text: String, of owner: String) -> String? {
        guard let sealed = Self.bytes(of: text), let number = Self.keyNumber(of: sealed) else { return nil }
        let key = keys.withLock { $0.atRest }
        guard key.number == number else { return nil }
        return Self.open(sealed, with: key, context: "at-rest/\(owner)").flatMap {
            String(validating: $0, as: UTF8.self)
        }
    }

    // MARK: The form

    private static func head(_ number: UInt32) -> [UInt8] {
        [format] + (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }

    private static func seal(_ plaintext: [UInt8], with key: SealingKey, context: String) -> String? {
        let head = head(key.number)
        guard
            let box = try? AES.GCM.seal(
                plaintext, using: key.symmetric, authenticating: head + Array(context.utf8)),
            let combined = box.combined
        else { return nil }
        return Data(head + combined).base64EncodedString()
    }

    private static func bytes(of text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text), data.count > headLength + nonceLength + tagLength,
            data.base64EncodedString() == text
        else { return nil }
        return Array(data)
    }

    private static func keyNumber(of sealed: [UInt8]) -> UInt32? {
        guard sealed.first == format else { return nil }
        return sealed.dropFirst().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func open(_ sealed: [UInt8], with key: SealingKey, context: String) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed.dropFirst(headLength)),
            let plaintext = try? AES.GCM.open(
                box, using: key.symmetric, authenticating: sealed.prefix(headLength) + Array(context.utf8))
        else { return nil }
        return Array(plaintext)
    }
}
