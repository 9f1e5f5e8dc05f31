import Crypto
package import TrellisModel

/// A key of 256 bits with the number that sealed texts name it by.
///
/// No description, debug output or mirror shows the key.
package struct SealingKey: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    package var number: UInt32
    package var createdAt: Timestamp
    /// 32 bytes.
    package let bytes: [UInt8]

    package static let length = 32

    /// - Returns: `nil` unless there are 32 bytes.
    package init?(number: UInt32, createdAt: Timestamp, bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.number = number
        self.createdAt = createdAt
        self.bytes = bytes
    }

    /// A new key.
    package init(number: UInt32, createdAt: Timestamp, random: some RandomSource) {
        self.number = number
        self.createdAt = createdAt
        bytes = (0..<Self.length / 8).flatMap { _ in
            let word = random.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
        }
    }

    var symmetric: SymmetricKey { SymmetricKey(data: bytes) }

    package var description: String { "key \(number)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The keys of a server: one for secrets in the store, and those of session tokens.
package struct SealingKeys: Equatable, Sendable {
    /// Seals the secrets of access keys in the store; never replaced.
    package var atRest: SealingKey
    /// Oldest first; the last one seals new tokens, the others open those that are still out.
    package var sessions: [SealingKey]

    package init(atRest: SealingKey, sessions: [SealingKey]) {
        self.atRest = atRest
        self.sessions = sessions
    }

    package static func fresh(at now: Timestamp, random: some RandomSource) -> SealingKeys {
        SealingKeys(
            atRest: SealingKey(number: 1, createdAt: now, random: random),
            sessions: [SealingKey(number: 1, createdAt: now, random: random)])
    }

    /// How long a key seals new tokens.
    package static let periodMilliseconds: Int64 = 30 * 86_400_000
    /// The longest life of a token, 36 hours, and an hour for clocks.
    package static let graceMilliseconds: Int64 = 37 * 3_600_000

    /// The keys as they are to be now: a new one when the newest is too old, none that no living token can name.
    package func rotated(at now: Timestamp, random: some RandomSource) -> SealingKeys {
        func age(of key: SealingKey) -> Int64 {
            now.millisecondsSinceEpoch &- key.createdAt.millisecondsSinceEpoch
        }
        var rotated = self
        if let newest = sessions.last {
            if age(of: newest) >= Self.periodMilliseconds {
                rotated.sessions.append(
                    SealingKey(number: newest.number &+ 1, createdAt: now, random: random))
            }
        } else {
            rotated.sessions = [SealingKey(number: 1, createdAt: now, random: random)]
        }
        // A key seals until its successor is made, so that it is the successor's age that counts.
        while rotated.sessions.count > 1, age(of: rotated.sessions[1]) >= Self.graceMilliseconds {
            rotated.sessions.removeFirst()
        }
        return rotated
    }
}
