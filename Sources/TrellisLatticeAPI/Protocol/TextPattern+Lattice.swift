import TrellisAPI
import TrellisModel

/// The patterns of the service model, decided without a regular expression engine.
extension TextPattern {
    /// `a-z`, `0-9` and single hyphens, none of them first or last.
    static func name(not prefix: String?) -> TextPattern {
        let lookahead = prefix.map { "(?!\($0))" } ?? ""
        return TextPattern("\(lookahead)(?![-])(?!.*[-]$)(?!.*[-]{2})[a-z0-9-]+") { text in
            if let prefix, text.hasPrefix(prefix) { return false }
            return isHyphenated(text)
        }
    }

    /// An id, or the ARN whose tail is `tail` and the id.
    static func identifier<Kind: ResourceKind>(_ kind: Kind.Type, tail: String) -> TextPattern {
        let id = idExpression(Kind.idPrefix)
        return TextPattern("((\(id))|(\(arnExpression)\(tail)\(id)))") { text in
            if ResourceID<Kind>(text) != nil { return true }
            guard let resource = latticeResource(of: text), resource.hasPrefix(tail) else { return false }
            return ResourceID<Kind>(String(resource.dropFirst(tail.count))) != nil
        }
    }

    /// An id, or the ARN of a resource inside others.
    ///
    /// - Parameter parents: Kind and id prefix of each parent: `service/svc`.
    static func identifier<Kind: ResourceKind>(below parents: String, _ kind: Kind.Type) -> TextPattern {
        let id = idExpression(Kind.idPrefix)
        let names = parents.split(separator: "/").map(String.init) + [Kind.idPrefix, Kind.idPrefix]
        let tail = names.enumerated().map { $0 % 2 == 0 ? $1 : idExpression($1) }.joined(separator: "/")
        return TextPattern("((\(id))|(^\(arnExpression)\(tail)$))") { text in
            if ResourceID<Kind>(text) != nil { return true }
            guard let resource = latticeResource(of: text) else { return false }
            let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == names.count else { return false }
            return zip(names, parts).enumerated().allSatisfy { index, pair in
                index % 2 == 0 ? pair.0 == pair.1 : isID(pair.1, prefix: pair.0)
            }
        }
    }

    /// Any vpc-lattice ARN, in the looser form that the tag operations take.
    static let latticeARN = TextPattern(
        #"arn:[a-z0-9][-.a-z0-9]{0,62}:vpc-lattice:([a-z0-9][-.a-z0-9]{0,62})?:\d{12}?:[^/].{0,1023}"#
    ) { text in
        guard let arn = ARN(text), arn.service == "vpc-lattice", AccountID(arn.account) != nil else { return false }
        guard isDotted(arn.partition), arn.region.isEmpty || isDotted(arn.region) else { return false }
        return arn.resource.first != "/" && arn.resource.unicodeScalars.count <= 1024
            && !arn.resource.unicodeScalars.dropFirst().contains("\n")
    }

    /// At least one printable ASCII character other than the space.
    static let clientToken = TextPattern(".*[!-~]+.*") { text in
        text.utf8.contains { (0x21...0x7E).contains($0) } && !text.unicodeScalars.contains("\n")
    }

    /// The ARN of a certificate, or nothing.
    static let certificateARN = TextPattern(
        #"(arn(:[a-z0-9]+([.-][a-z0-9]+)*){2}(:([a-z0-9]+([.-][a-z0-9]+)*)?){2}:certificate/[0-9a-z-]+)?"#
    ) { text in
        if text.isEmpty { return true }
        guard let arn = ARN(text), isWords(arn.partition), isWords(arn.service) else { return false }
        guard [arn.region, arn.account].allSatisfy({ $0.isEmpty || isWords($0) }) else { return false }
        guard arn.resource.hasPrefix("certificate/") else { return false }
        let id = arn.resource.utf8.dropFirst("certificate/".utf8.count)
        return !id.isEmpty && id.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// `vpc-` or `sg-` and 8 or 17 characters.
    static func ec2ID(_ prefix: String) -> TextPattern {
        TextPattern("\(prefix)-(([0-9a-z]{8})|([0-9a-z]{17}))") { text in
            guard text.hasPrefix("\(prefix)-") else { return false }
            let body = text.utf8.dropFirst(prefix.utf8.count + 1)
            return (body.count == 8 || body.count == 17) && body.allSatisfy(isLowerAlphanumeric)
        }
    }

    /// The id or ARN of something that policies are attached to, and access log subscriptions.
    static let policyResource = TextPattern(
        "((((sn)|(svc)|(rcfg))-[0-9a-z]{17})|(\(looseARNExpression)"
            + "((servicenetwork/sn)|(resourceconfiguration/rcfg)|(service/svc))-[0-9a-z]{17}))"
    ) { text in
        policyResourceTails.contains { isID(text[...], prefix: $0.prefix) } || isPolicyResourceARN(text)
    }

    static let policyResourceARN = TextPattern(
        "\(looseARNExpression)((servicenetwork/sn)|(service/svc)|(resourceconfiguration/rcfg))-[0-9a-z]{17}",
        matches: isPolicyResourceARN)

    /// One line with something in it.
    static let notBlank = TextPattern(#".*\S.*"#) { text in
        !text.unicodeScalars.contains("\n") && text.unicodeScalars.contains { !$0.properties.isWhitespace }
    }

    /// A slash and what may follow it in the path of a match.
    static let path = TextPattern("/[a-zA-Z0-9@:%_+.~#?&/=-]*") { text in
        text.utf8.first == UInt8(ascii: "/")
            && text.utf8.allSatisfy { isAlphanumeric($0) || pathPunctuation.contains($0) }
    }
}

extension TextPattern {
    static let emptyOrPath = TextPattern(".*(^/[a-zA-Z0-9@:%_+.~#?&/=-]*$|(^$)).*") { text in
        text.isEmpty || path.matches(text)
    }

    /// Digits, hyphens and commas; what they mean is decided elsewhere.
    static let emptyOrCodes = TextPattern(".*(^[0-9-,]+$|(^$)).*") { text in
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ",") }
    }
}

let arnExpression = #"arn:[a-z0-9\-]+:vpc-lattice:[a-zA-Z0-9\-]+:\d{12}:"#
private let pathPunctuation = Set("@:%_+.~#?&/=-".utf8)

let looseARNExpression = "arn(:[a-z0-9]+([.-][a-z0-9]+)*){2}(:([a-z0-9]+([.-][a-z0-9]+)*)?){2}:"
private let policyResourceTails: [(kind: String, prefix: String)] = [
    ("servicenetwork", "sn"), ("service", "svc"), ("resourceconfiguration", "rcfg"),
]

private func isPolicyResourceARN(_ text: String) -> Bool {
    guard let parts = looseARNResource(of: text)?.split(separator: "/", omittingEmptySubsequences: false) else {
        return false
    }
    return parts.count == 2 && policyResourceTails.contains { $0.kind == parts[0] && isID(parts[1], prefix: $0.prefix) }
}

/// What follows the account in an ARN of the loose form; `nil` if what is before it has another form.
func looseARNResource(of text: String) -> Substring? {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", isWords(parts[1]), isWords(parts[2]) else { return nil }
    guard parts[3...4].allSatisfy({ $0.isEmpty || isWords($0) }) else { return nil }
    return parts[5]
}

private func idExpression(_ prefix: String) -> String { "\(prefix)-[0-9a-z]{17}" }

/// What follows the account in an ARN of the strict form.
func latticeResource(of text: String) -> String? {
    guard let arn = ARN(text), arn.service == "vpc-lattice", AccountID(arn.account) != nil, !arn.region.isEmpty,
        arn.partition.utf8.allSatisfy({ isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }),
        arn.region.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
    else { return nil }
    return arn.resource
}

func isID(_ text: Substring, prefix: String) -> Bool {
    guard text.hasPrefix("\(prefix)-") else { return false }
    let body = text.utf8.dropFirst(prefix.utf8.count + 1)
    return body.count == 17 && body.allSatisfy(isLowerAlphanumeric)
}

/// Words of `a-z0-9` with single hyphens between them.
private func isHyphenated(_ text: String) -> Bool {
    let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return words.allSatisfy { !$0.isEmpty && $0.allSatisfy(isLowerAlphanumeric) }
}

/// Words of `a-z0-9` with single dots or hyphens between them.
func isWords(_ text: some StringProtocol) -> Bool {
    let words = text.utf8.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    return words.allSatisfy { !$0.isEmpty && $0.allSatisfy(isLowerAlphanumeric) }
}

/// Up to 63 of `a-z0-9.-`, a letter or digit first.
func isDotted(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLowerAlphanumeric(first), text.utf8.count <= 63 else { return false }
    return text.utf8.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
}

private func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerAlphanumeric(byte) || (0x41...0x5A).contains(byte)
}
