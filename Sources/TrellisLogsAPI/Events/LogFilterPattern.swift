import TrellisAPI

/// What is wrong with a filter pattern.
struct LogFilterPatternError: Error, Hashable {
    var reason: String
}

/// A filter pattern of FilterLogEvents: words, or a condition on a JSON object.
///
/// | Pattern | Matches |
/// | --- | --- |
/// | empty | everything |
/// | `ERROR timeout` | messages that hold every term |
/// | `"not found"` | messages that hold the text in the quotes |
/// | `?ERROR ?WARN` | messages that hold at least one of the terms |
/// | `ERROR -EXITING` | messages that hold `ERROR` and not `EXITING` |
/// | `{ $.level = "ERROR" }` | JSON objects for which the condition holds |
///
/// Terms are matched as text with case; a term of anything but letters, digits and `_` must be quoted. Optional terms
/// beside others change nothing, as the documentation says. Regular expressions (`%…%`) and patterns for columns
/// (`[…]`) are refused.
///
/// - Source: CloudWatch Logs User Guide, "Filter pattern syntax".
struct LogFilterPattern: Sendable {
    private enum Form: Sendable {
        case terms(required: [[UInt8]], optional: [[UInt8]], excluded: [[UInt8]])
        case json(JSONCondition)
    }

    private let form: Form

    init(_ text: String) throws(LogFilterPatternError) {
        let trimmed = text.drop { $0.isWhitespace }
        switch trimmed.first {
        case "{": form = .json(try JSONConditionParser.parse(text))
        case "[": throw LogFilterPatternError(reason: "patterns for columns are not supported by this Trellis")
        default: form = try Self.terms(text)
        }
    }

    var matchesEverything: Bool {
        if case .terms([], [], []) = form { return true }
        return false
    }

    func matches(_ message: [UInt8]) -> Bool {
        switch form {
        case .terms(let required, let optional, let excluded):
            if excluded.contains(where: { message.contains(bytes: $0) }) { return false }
            guard required.isEmpty else { return required.allSatisfy { message.contains(bytes: $0) } }
            return optional.isEmpty || optional.contains { message.contains(bytes: $0) }
        case .json(let condition):
            guard message.first(where: { $0 != UInt8(ascii: " ") }) == UInt8(ascii: "{"),
                let value = try? JSONValue(parsing: message)
            else { return false }
            return condition.holds(for: value)
        }
    }

    private static func terms(_ text: String) throws(LogFilterPatternError) -> Form {
        var required: [[UInt8]] = []
        var optional: [[UInt8]] = []
        var excluded: [[UInt8]] = []
        var rest = Array(text.unicodeScalars)[...]
        while let first = rest.first {
            guard !first.properties.isWhitespace else {
                rest = rest.dropFirst()
                continue
            }
            let sign: Unicode.Scalar? = first == "?" || first == "-" ? first : nil
            if sign != nil { rest = rest.dropFirst() }
            let term = Array(try takeTerm(&rest).utf8)
            guard !term.isEmpty else { throw LogFilterPatternError(reason: "a term is empty") }
            switch sign {
            case "?": optional.append(term)
            case "-": excluded.append(term)
            default: required.append(term)
            }
        }
        return .terms(required: required, optional: optional, excluded: excluded)
    }

    private static func takeTerm(
        _ rest: inout ArraySlice<Unicode.Scalar>
    ) throws(LogFilterPatternError) -> String {
        if rest.first == "\"" { return try QuotedText.take(&rest) }
        if rest.first == "%" {
            throw LogFilterPatternError(reason: "regular expressions are not supported by this Trellis")
        }
        var term = String.UnicodeScalarView()
        while let scalar = rest.first, !scalar.properties.isWhitespace {
            guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" else {
                throw LogFilterPatternError(
                    reason: "a term with the character '\(scalar)' must be in double quotes")
            }
            term.append(scalar)
            rest = rest.dropFirst()
        }
        return String(term)
    }
}

/// A text in double quotes; a backslash takes the character after it as it is.
enum QuotedText {
    /// - Parameter rest: Begins with the quote; without the text afterwards.
    static func take(_ rest: inout ArraySlice<Unicode.Scalar>) throws(LogFilterPatternError) -> String {
        rest = rest.dropFirst()
        var text = String.UnicodeScalarView()
        while let scalar = rest.first {
            rest = rest.dropFirst()
            switch scalar {
            case "\"": return String(text)
            case "\\":
                guard let escaped = rest.first else { break }
                text.append(escaped)
                rest = rest.dropFirst()
            default: text.append(scalar)
            }
        }
        throw LogFilterPatternError(reason: "a double quote is not closed")
    }
}

extension [UInt8] {
    /// Whether the bytes are somewhere in here, in this order and without others between them.
    fileprivate func contains(bytes wanted: [UInt8]) -> Bool {
        guard let first = wanted.first, wanted.count <= count else { return wanted.isEmpty }
        var start = startIndex
        let last = count - wanted.count
        while start <= last {
            guard let hit = self[start...last].firstIndex(of: first) else { return false }
            if self[hit..<(hit + wanted.count)].elementsEqual(wanted) { return true }
            start = hit + 1
        }
        return false
    }
}
