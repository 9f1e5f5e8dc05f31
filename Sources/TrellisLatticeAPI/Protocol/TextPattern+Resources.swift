import TrellisAPI
import TrellisModel

/// The characters that the model allows after the prefix of an id.
enum IDAlphabet: String {
    case alphanumeric = "0-9a-z"
    case hexadecimal = "0-9a-f"
    case hexadecimalOfAnyCase = "a-fA-F0-9"

    func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x66: true
        case 0x67...0x7A: self == .alphanumeric
        case 0x41...0x46: self == .hexadecimalOfAnyCase
        default: false
        }
    }
}

extension TextPattern {
    /// An id, or the ARN whose tail is `tail` and the id, where the two do not have the same alphabet.
    static func identifier<Kind: ResourceKind>(
        _ kind: Kind.Type, tail: String, id: IDAlphabet, inARN: IDAlphabet
    ) -> TextPattern {
        let prefix = Kind.idPrefix + "-"
        let expressions = [id, inARN].map { "\(prefix)[\($0.rawValue)]{17}" }
        return TextPattern("((\(expressions[0]))|(\(arnExpression)\(tail)\(expressions[1])))") { text in
            if isID(text[...], prefix, id) { return true }
            guard let resource = latticeResource(of: text), resource.hasPrefix(tail) else { return false }
            return isID(resource.dropFirst(tail.count), prefix, inARN)
        }
    }

    static let vpcEndpointID = TextPattern("vpce-[0-9a-f]{17}") { VpcEndpointID($0) != nil }

    static let vpcEndpointOwner = TextPattern(#"\d{12}"#) { AccountID($0) != nil }

    /// One number, or two of at most five digits with a hyphen between them.
    static let portRange = TextPattern(#"((\d{1,5}\-\d{1,5})|(\d+))"#) { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }) else { return false }
        switch parts.count {
        case 1: return !parts[0].isEmpty
        case 2: return parts.allSatisfy { (1...5).contains($0.count) }
        default: return false
        }
    }

    /// The ARN of anything.
    static let anyARN = TextPattern(
        #"arn:[a-z0-9][-.a-z0-9]{0,62}:[a-z0-9][-.a-z0-9]{0,62}:([a-z0-9][-.a-z0-9]{0,62})?:\d{12}?:[^/].{0,1023}"#
    ) { text in
        guard let arn = ARN(text), AccountID(arn.account) != nil else { return false }
        guard isDotted(arn.partition), isDotted(arn.service), arn.region.isEmpty || isDotted(arn.region) else {
            return false
        }
        return arn.resource.first != "/" && arn.resource.unicodeScalars.count <= 1024
            && !arn.resource.unicodeScalars.dropFirst().contains("\n")
    }
}

private func isID(_ text: Substring, _ prefix: String, _ alphabet: IDAlphabet) -> Bool {
    guard text.hasPrefix(prefix) else { return false }
    let body = text.utf8.dropFirst(prefix.utf8.count)
    return body.count == 17 && body.allSatisfy(alphabet.contains)
}
