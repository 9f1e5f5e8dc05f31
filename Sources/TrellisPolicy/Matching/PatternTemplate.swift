import TrellisModel

/// What is wrong with a pattern or value of a policy; its place is known where it is caught.
struct PatternError: Error {
    let message: String
}

/// A text of a policy in which variables may stand: `arn:aws:…:service/*/${aws:username}`.
///
/// - Source: reference identity.md, "Variables".
struct PatternTemplate: Hashable, Sendable {
    enum Piece: Hashable {
        case elements([WildcardPattern.Element])
        case variable(ConditionKey, default: String?)
    }

    private(set) var pieces: [Piece]

    /// - Parameters:
    ///   - wildcards: Whether `*` and `?` are any more than characters.
    ///   - variables: Whether `${…}` is: documents before 2012-10-17 have no variables.
    init(_ text: some StringProtocol, wildcards: Bool, variables: Bool) throws(PatternError) {
        pieces = []
        var rest = text[...]
        while variables, let start = rest.firstRange(of: "${") {
            append(.elements(WildcardPattern.elements(of: rest[..<start.lowerBound], wildcards: wildcards)))
            let (piece, end) = try Self.variable(in: rest[start.upperBound...])
            append(piece)
            rest = rest[end...]
        }
        append(.elements(WildcardPattern.elements(of: rest, wildcards: wildcards)))
    }

    private init(pieces: [Piece]) {
        self.pieces = pieces
    }

    var hasVariables: Bool {
        pieces.contains { if case .variable = $0 { true } else { false } }
    }

    /// The elements, if there is no variable among them.
    var fixed: [WildcardPattern.Element]? {
        switch pieces.first {
        case nil: []
        case .elements(let elements)? where pieces.count == 1: elements
        default: nil
        }
    }

    /// Puts the values in; they hold no wildcards.
    ///
    /// - Returns: `nil` if a variable has no value, or several, and no default.
    func resolved(in request: any PolicyRequest) -> [WildcardPattern.Element]? {
        var resolved: [WildcardPattern.Element] = []
        for piece in pieces {
            switch piece {
            case .elements(let elements):
                resolved += elements
            case .variable(let key, let fallback):
                guard let value = request.onlyValue(of: key) ?? fallback else { return nil }
                resolved += WildcardPattern.elements(of: value, wildcards: false)
            }
        }
        return resolved
    }

    /// The parts between the first colons that are not in a variable.
    func split(atMost count: Int) -> [PatternTemplate] {
        let colon = WildcardPattern.Element(UInt8(ascii: ":"))
        var parts: [PatternTemplate] = []
        var current = PatternTemplate(pieces: [])
        for piece in pieces {
            guard case .elements(let elements) = piece else {
                current.append(piece)
                continue
            }
            let room = max(0, count - 1 - parts.count)
            for (index, part) in elements.split(
                separator: colon, maxSplits: room, omittingEmptySubsequences: false
            ).enumerated() {
                if index > 0 {
                    parts.append(current)
                    current = PatternTemplate(pieces: [])
                }
                current.append(.elements(Array(part)))
            }
        }
        return parts + [current]
    }

    private mutating func append(_ piece: Piece) {
        guard case .elements(let more) = piece else {
            pieces.append(piece)
            return
        }
        guard !more.isEmpty else { return }
        if case .elements(let elements)? = pieces.last {
            pieces[pieces.count - 1] = .elements(elements + more)
        } else {
            pieces.append(piece)
        }
    }

    /// Reads what follows `${`: a key, perhaps with a default, or one of the three literals.
    private static func variable<Text: StringProtocol>(
        in text: Text
    ) throws(PatternError) -> (Piece, end: Text.Index) {
        guard let end = text.firstIndex(of: "}") else {
            throw PatternError(message: "A policy variable does not end: ${\(text.prefix(64))")
        }
        let body = text[..<end]
        let after = text.index(after: end)
        if ["*", "?", "$"].contains(String(body)) {
            return (.elements(WildcardPattern.elements(of: body, wildcards: false)), after)
        }
        let parts = body.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        let name = trimmed(parts[0])
        guard name.contains(":"), !name.contains(where: { $0 == "'" || $0 == " " || $0 == "{" }) else {
            throw PatternError(message: "Invalid policy variable: ${\(body.prefix(64))}")
        }
        guard parts.count == 2 else { return (.variable(ConditionKey(name), default: nil), after) }
        let fallback = trimmed(parts[1])
        guard fallback.utf8.count >= 2, fallback.hasPrefix("'"), fallback.hasSuffix("'") else {
            throw PatternError(message: "Invalid policy variable: ${\(body.prefix(64))}")
        }
        return (.variable(ConditionKey(name), default: String(fallback.dropFirst().dropLast())), after)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        let start = bytes.firstIndex { $0 != 0x20 } ?? bytes.endIndex
        let end = bytes.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? bytes.endIndex
        return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
    }
}
