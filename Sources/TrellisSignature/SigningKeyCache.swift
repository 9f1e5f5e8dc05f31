/// Keys derived lately, so that a busy caller costs one HMAC instead of five, or one check of an ECDSA signature instead of a
/// derivation more.
///
/// A value without a lock: whoever verifies or signs owns one, for instance one for each event loop. It never holds more
/// than its capacity. A key is found only with the secret it was derived from, so a rotated secret works at once.
package struct SigningKeyCache: Sendable {
    private struct Label: Hashable {
        var accessKeyID: String
        var scope: CredentialScope
    }

    private struct Entry {
        var secretAccessKey: SecretAccessKey
        var key: DerivedKey
    }

    /// Two generations stand for a list in order of use: what nobody asks for during one generation is dropped whole.
    private var recent: [Label: Entry] = [:]
    private var older: [Label: Entry] = [:]
    private let generationSize: Int
    /// What the headers of signatures that held said.
    var headers: AuthorizationHeaderCache

    /// - Parameter capacity: Most keys held; an odd number is rounded down, and 0 or 1 keeps none. 512 are about 100 kB.
    package init(capacity: Int = 512) {
        generationSize = max(0, capacity / 2)
        headers = AuthorizationHeaderCache(capacity: generationSize)
    }

    package var count: Int { recent.count + older.count }

    /// - Returns: `nil` if the key was not kept, or belongs to another secret.
    package mutating func key(
        accessKeyID: String, scope: CredentialScope, secretAccessKey: SecretAccessKey
    ) -> DerivedKey? {
        let label = Label(accessKeyID: accessKeyID, scope: scope)
        if let entry = recent[label] {
            return entry.secretAccessKey == secretAccessKey ? entry.key : nil
        }
        guard let entry = older.removeValue(forKey: label), entry.secretAccessKey == secretAccessKey else {
            return nil
        }
        insert(entry, for: label)
        return entry.key
    }

    package mutating func insert(
        _ key: DerivedKey, accessKeyID: String, scope: CredentialScope, secretAccessKey: SecretAccessKey
    ) {
        insert(
            Entry(secretAccessKey: secretAccessKey, key: key), for: Label(accessKeyID: accessKeyID, scope: scope))
    }

    private mutating func insert(_ entry: Entry, for label: Label) {
        guard generationSize > 0 else { return }
        older.removeValue(forKey: label)
        if recent[label] == nil, recent.count >= generationSize {
            older = recent
            recent.removeAll(keepingCapacity: true)
        }
        recent[label] = entry
    }
}
