import TrellisLambdaEvent

/// JSON strings and UTF-8 one byte after the other, as slow and as plain as possible: what the fast code must agree with.
enum NaiveJSON {
    /// The length of the character that begins at `index`, `nil` if it is ill-formed; table 3-7 of the Unicode standard.
    static func characterLength(_ bytes: some Collection<UInt8>, at index: Int) -> Int? {
        let rest = Array(bytes.dropFirst(index).prefix(4))
        guard let first = rest.first else { return nil }
        func continues(_ ranges: ClosedRange<UInt8>...) -> Int? {
            guard rest.count > ranges.count else { return nil }
            for (byte, range) in zip(rest.dropFirst(), ranges) where !range.contains(byte) { return nil }
            return ranges.count + 1
        }
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return continues(0x80...0xBF)
        case 0xE0: return continues(0xA0...0xBF, 0x80...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: return continues(0x80...0xBF, 0x80...0xBF)
        case 0xED: return continues(0x80...0x9F, 0x80...0xBF)
        case 0xF0: return continues(0x90...0xBF, 0x80...0xBF, 0x80...0xBF)
        case 0xF1...0xF3: return continues(0x80...0xBF, 0x80...0xBF, 0x80...0xBF)
        case 0xF4: return continues(0x80...0x8F, 0x80...0xBF, 0x80...0xBF)
        default: return nil
        }
    }

    /// The text as a JSON string, or `nil` if it is not UTF-8.
    static func escaped(_ text: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = [0x22]
        var index = 0
        while index < text.count {
            guard let length = characterLength(text, at: index) else { return nil }
            switch text[index] {
            case 0x22, 0x5C: output += [0x5C, text[index]]
            case 0x08: output += Array(#"\b"#.utf8)
            case 0x09: output += Array(#"\t"#.utf8)
            case 0x0A: output += Array(#"\n"#.utf8)
            case 0x0C: output += Array(#"\f"#.utf8)
            case 0x0D: output += Array(#"\r"#.utf8)
            case 0x00..<0x20:
                let digits = String(text[index], radix: 16)
                output += Array(#"\u00"#.utf8) + Array((digits.utf8.count == 1 ? "0" : "").utf8) + Array(digits.utf8)
            default: output += text[index..<(index + length)]
            }
            index += length
        }
        return output + [0x22]
    }

    /// What a decoder finds where an opening quote was.
    enum Outcome: Equatable {
        case text([UInt8])
        case error(LambdaResponseError)
    }

    /// Reads a string.
    ///
    /// - Parameter start: The index after the opening quote.
    static func string(in document: [UInt8], from start: Int) -> Outcome {
        var text: [UInt8] = []
        var index = start
        while index < document.count {
            switch document[index] {
            case 0x22: return .text(text)
            case 0x00..<0x20:
                return .error(LambdaResponseError(.controlCharacterInString(document[index]), at: index))
            case 0x5C:
                switch escape(in: document, at: index) {
                case .character(let bytes, let length):
                    text += bytes
                    index += length
                case .wrong(let error): return .error(error)
                }
            default:
                guard let length = characterLength(document, at: index) else {
                    return .error(LambdaResponseError(.invalidUTF8, at: index))
                }
                text += document[index..<(index + length)]
                index += length
            }
        }
        return .error(LambdaResponseError(.unexpectedEnd, at: index))
    }

    private enum Escape {
        case character([UInt8], length: Int)
        case wrong(LambdaResponseError)
    }

    private static let short: [UInt8: UInt8] = [
        0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
    ]

    private static func escape(in document: [UInt8], at index: Int) -> Escape {
        guard index + 1 < document.count else { return .wrong(.init(.unexpectedEnd, at: document.count)) }
        if let character = short[document[index + 1]] { return .character([character], length: 2) }
        guard document[index + 1] == UInt8(ascii: "u") else { return .wrong(.init(.invalidEscape, at: index)) }
        for place in (index + 2)..<(index + 6) {
            guard place < document.count else { return .wrong(.init(.unexpectedEnd, at: document.count)) }
            guard digit(document[place]) != nil else { return .wrong(.init(.invalidEscape, at: index)) }
        }
        guard let unit = unit(in: document, at: index) else { return .wrong(.init(.invalidEscape, at: index)) }
        if (0xD800..<0xDC00).contains(unit), let trail = self.unit(in: document, at: index + 6),
            (0xDC00..<0xE000).contains(trail)
        {
            return .character(utf8(0x10000 + (unit - 0xD800) * 0x400 + (trail - 0xDC00)), length: 12)
        }
        return .character(utf8(unit), length: 6)
    }

    private static func unit(in document: [UInt8], at index: Int) -> UInt32? {
        guard index + 5 < document.count, document[index] == 0x5C, document[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for byte in document[(index + 2)..<(index + 6)] {
            guard let digit = digit(byte) else { return nil }
            unit = unit * 16 + UInt32(digit)
        }
        return unit
    }

    private static func digit(_ byte: UInt8) -> Int? {
        Array("0123456789abcdef".utf8).firstIndex(of: byte) ?? Array("0123456789ABCDEF".utf8).firstIndex(of: byte)
    }

    private static func utf8(_ value: UInt32) -> [UInt8] {
        Array(String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
    }
}
