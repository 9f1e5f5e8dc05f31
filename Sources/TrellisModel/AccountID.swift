/// Twelve decimal digits.
package struct AccountID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// - Returns: `nil` unless `rawValue` is exactly twelve ASCII digits.
    package init?(_ rawValue: String) {
        guard rawValue.utf8.count == 12, rawValue.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }

    /// The account's root user, the identity of the access key a fresh data directory gets.
    package var rootARN: String { "arn:aws:iam::\(rawValue):root" }

    /// - Returns: `nil` unless the text is the ARN of an account's root user.
    package static func ofRoot(_ text: String) -> AccountID? {
        guard let account = ARN(text).flatMap({ AccountID($0.account) }), text == account.rootARN else { return nil }
        return account
    }
}

/// A Region name such as `us-east-1`: lower-case letters, digits and hyphens, 1 to 32 characters.
package struct Region: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// - Returns: `nil` if `rawValue` has another alphabet or length.
    package init?(_ rawValue: String) {
        let isAllowed: (UInt8) -> Bool = { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        }
        guard (1...32).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private init(known rawValue: String) {
        self.rawValue = rawValue
    }

    /// Used where nobody names a Region.
    package static let usEast1 = Region(known: "us-east-1")

    package var description: String { rawValue }
}

/// The account and Region that own a resource.
///
/// Two scopes never see each other's resources.
package struct Scope: Hashable, Sendable, Codable {
    package var account: AccountID
    package var region: Region

    package init(account: AccountID, region: Region) {
        self.account = account
        self.region = region
    }
}

extension AccountID: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "an account id", AccountID.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension Region: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a Region", Region.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// Decodes a string and runs it through the checked initialiser of its type.
func decodeChecked<Value>(
    from decoder: any Decoder, as description: String, _ make: (String) -> Value?
) throws -> Value {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = make(text) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not \(description)")
    }
    return value
}
