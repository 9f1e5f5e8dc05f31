import TrellisAPI

/// A string shape of the service model: its length in characters and its pattern.
///
/// - Source: iam service model 2010-05-08.
struct IAMShape: Sendable {
    var length: ClosedRange<Int>
    var pattern: TextPattern?

    func accepts(_ text: String) -> Bool {
        length.contains(text.unicodeScalars.count) && (pattern?.matches(text) ?? true)
    }

    static let roleName = IAMShape(length: 1...64, pattern: .identityName)
    static let userName = IAMShape(length: 1...64, pattern: .identityName)
    static let groupName = IAMShape(length: 1...128, pattern: .identityName)
    static let accessKeyID = IAMShape(length: 16...128, pattern: .word)
    static let accessKeyStatus = IAMShape(length: 1...16, pattern: .oneOf("Active", "Inactive"))
    static let policyScope = IAMShape(length: 1...16, pattern: .oneOf("All", "AWS", "Local"))
    static let policyUsage = IAMShape(
        length: 1...32, pattern: .oneOf("PermissionsPolicy", "PermissionsBoundary"))
    static let entityFilter = IAMShape(
        length: 1...32, pattern: .oneOf("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"))
    static let roleSessionName = IAMShape(length: 2...64, pattern: .identityName)
    static let sourceIdentity = IAMShape(length: 2...64, pattern: .identityName)
    static let webIdentityToken = IAMShape(length: 4...20_000)
    static let externalID = IAMShape(length: 2...1224, pattern: .externalID)
    static let sessionPolicy = IAMShape(length: 1...131_072, pattern: .policyDocument)
    static let policyName = IAMShape(length: 1...128, pattern: .identityName)
    static let rolePath = IAMShape(length: 1...512, pattern: .rolePath)
    static let policyPath = IAMShape(length: 1...512, pattern: .policyPath)
    static let pathPrefix = IAMShape(length: 1...512, pattern: .pathPrefix)
    static let policyDocument = IAMShape(length: 1...131_072, pattern: .policyDocument)
    static let roleDescription = IAMShape(length: 0...1000, pattern: .roleDescription)
    static let policyDescription = IAMShape(length: 0...1000)
    static let arn = IAMShape(length: 20...2048)
    /// The model sets no length.
    static let versionID = IAMShape(length: 0...64, pattern: .versionID)
    static let marker = IAMShape(length: 1...320)
    static let tagKey = IAMShape(length: 1...128, pattern: .tagKey)
    static let tagValue = IAMShape(length: 0...256, pattern: .tagValue)
}

/// Quotas of an account, and sizes in characters that are not white space.
///
/// - Source: reference identity.md §6.2; the numbers of policies and groups are IAM's defaults.
enum IAMLimits {
    static let roles = 1000
    static let users = 5000
    static let groups = 300
    static let groupsOfUser = 10
    static let accessKeys = 2
    static let policies = 1500
    static let attachedPolicies = 10
    static let policyVersions = 5
    static let tags = 50
    static let maximumSessionSeconds = 3600...43_200
    static let trustPolicySize = 2048
    /// All inline policies of a role together.
    static let roleInlinePoliciesSize = 10_240
    /// All inline policies of a user together.
    static let userInlinePoliciesSize = 2048
    /// All inline policies of a group together.
    static let groupInlinePoliciesSize = 5120
    static let managedPolicySize = 6144
}

/// The patterns of the service model, decided without a regular expression engine.
extension TextPattern {
    static let identityName = TextPattern(#"[\w+=,.@-]+"#) { text in
        !text.isEmpty && text.utf8.allSatisfy { isWord($0) || "+=,.@-".utf8.contains($0) }
    }

    static let externalID = TextPattern(#"[\w+=,.@:\/-]*"#) { text in
        text.utf8.allSatisfy { isWord($0) || "+=,.@:/-".utf8.contains($0) }
    }

    static let word = TextPattern(#"[\w]+"#) { text in !text.isEmpty && text.utf8.allSatisfy(isWord) }

    static func oneOf(_ words: String...) -> TextPattern {
        TextPattern(words.joined(separator: "|")) { words.contains($0) }
    }

    static let rolePath = TextPattern(#"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"#) { text in
        text == "/"
            || text.utf8.count >= 3 && text.utf8.first == slash && text.utf8.last == slash
                && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    static let policyPath = TextPattern(#"((/[A-Za-z0-9\.,\+@=_-]+)*)/"#) { text in
        guard text.utf8.first == slash, text.utf8.last == slash else { return false }
        let parts = text.utf8.dropFirst().split(separator: slash, omittingEmptySubsequences: false).dropLast()
        return parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { isWord($0) || ".,+@=-".utf8.contains($0) }
        }
    }

    static let pathPrefix = TextPattern(#"\u002F[\u0021-\u007F]*"#) { text in
        text.utf8.first == slash && text.utf8.allSatisfy { (0x21...0x7F).contains($0) }
    }

    static let policyDocument = TextPattern(#"[\u0009\u000A\u000D\u0020-\u00FF]+"#) { text in
        text.unicodeScalars.allSatisfy { isLineSpace($0) || (0x20...0xFF).contains($0.value) }
    }

    static let roleDescription = TextPattern(#"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"#) { text in
        text.unicodeScalars.allSatisfy { scalar in
            isLineSpace(scalar) || (0x20...0x7E).contains(scalar.value) || (0xA1...0xFF).contains(scalar.value)
        }
    }

    static let versionID = TextPattern(#"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"#) { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = parts.first, number.first == UInt8(ascii: "v") else { return false }
        let digits = number.dropFirst()
        guard let first = digits.first, first != UInt8(ascii: "0"), digits.allSatisfy(isDigit) else { return false }
        return parts.dropFirst().allSatisfy { part in
            part.allSatisfy { $0 != UInt8(ascii: "_") && isWord($0) || $0 == UInt8(ascii: "-") }
        }
    }

    static let tagKey = TextPattern(#"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"#) { text in
        !text.isEmpty && text.unicodeScalars.allSatisfy(isTagCharacter)
    }

    static let tagValue = TextPattern(#"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"#) { text in
        text.unicodeScalars.allSatisfy(isTagCharacter)
    }
}

private let slash = UInt8(ascii: "/")

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

/// ASCII letters, digits and the underscore.
private func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
}

private func isLineSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == "\t" || scalar == "\n" || scalar == "\r" }

private func isTagCharacter(_ scalar: Unicode.Scalar) -> Bool {
    if "_.:/=+-@".unicodeScalars.contains(scalar) { return true }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
        .letterNumber, .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
        return true
    default:
        return false
    }
}
