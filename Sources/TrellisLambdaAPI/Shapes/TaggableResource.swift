import TrellisModel

/// What a tag operation names: a full ARN of a function or of another Lambda resource.
enum TaggableResource: Hashable {
    case function(FunctionIdentifier)
    /// A code signing configuration, event source mapping or capacity provider; Trellis has none of them.
    case other

    /// - Returns: `nil` if the text is no ARN of a kind of resource that has tags.
    init?(_ text: String, ownRegion: Region) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (7...8).contains(parts.count), parts[0] == "arn", ASCIIText.isPartition(parts[1]), parts[2] == "lambda",
            ASCIIText.isRegion(parts[3]) || parts[3] == ownRegion.rawValue, ASCIIText.isAccount(parts[4])
        else { return nil }
        switch parts[5] {
        case "function":
            guard let identifier = FunctionIdentifier(text, form: .function, ownRegion: ownRegion) else { return nil }
            self = .function(identifier)
        case "code-signing-config" where parts.count == 7 && Self.isCodeSigningID(parts[6]),
            "event-source-mapping" where parts.count == 7 && Self.isUUID(parts[6]),
            "capacity-provider" where parts.count == 7 && ASCIIText.isAll(parts[6], ASCIIText.isName):
            self = .other
        default:
            return nil
        }
    }

    private static func isCodeSigningID(_ text: Substring) -> Bool {
        text.hasPrefix("csc-") && text.utf8.count == 21
            && text.utf8.dropFirst(4).allSatisfy { ASCIIText.isLowercase($0) || ASCIIText.isDigit($0) }
    }

    private static func isUUID(_ text: Substring) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit } }
    }
}
