/// What is wrong with a text that should be JSON, and where.
struct JSONParseError: Error, Hashable, CustomStringConvertible {
    var reason: String
    /// In bytes from the beginning.
    var offset: Int

    var description: String { "\(reason) at offset \(offset)" }
}

/// Reads a JSON document from bytes in one pass.
///
/// A general decoder asks a value for one type after the other and pays for every wrong guess with an error; for request
/// bodies, of which nothing is known before they are read, that was most of the time of a call.
///
/// - Source: RFC 8259. Of members with the same name the last one counts.
struct JSONParser {
    /// Deep enough for every shape; a body of brackets must not exhaust the stack.
    static let nestingLimit = 128

    private let bytes: [UInt8]
    private var index = 0

    static func parse(_ bytes: [UInt8]) throws(JSONParseError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.error("unexpected text after the value") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func error(_ reason: String) -> JSONParseError { JSONParseError(reason: reason, offset: index) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// - Returns: Whether the byte was there and was passed.
    private mutating func pass(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONParseError) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-")?, (0x30...0x39)?: return try number()
        case nil: throw error("unexpected end")
        default: throw error("unexpected character")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONParseError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { bytes[index...].starts(with: $0) }
        guard isThere else { throw error("unexpected character") }
        index += length
        return value
    }

    // MARK: Containers

    private mutating func object(depth: Int) throws(JSONParseError) -> JSONValue {
        guard depth <= Self.nestingLimit else { throw error("nested too deeply") }
        index += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if pass(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("expected a member name") }
            let name = try string()
            skipSpace()
            guard pass(UInt8(ascii: ":")) else { throw error("expected ':'") }
            members[name] = try value(depth: depth)
            skipSpace()
        } while pass(UInt8(ascii: ","))
        guard pass(UInt8(ascii: "}")) else { throw error("expected ',' or '}'") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONParseError) -> JSONValue {
        guard depth <= Self.nestingLimit else { throw error("nested too deeply") }
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if pass(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            elements.append(try value(depth: depth))
            skipSpace()
        } while pass(UInt8(ascii: ","))
        guard pass(UInt8(ascii: "]")) else { throw error("expected ',' or ']'") }
        return .array(elements)
    }

    // MARK: Numbers

    /// A whole number that fits is an integer, also when it is written `1.0` or `1e2`.
    private mutating func number() throws(JSONParseError) -> JSONValue {
        let start = index
        _ = pass(UInt8(ascii: "-"))
        if !pass(UInt8(ascii: "0")) { try digits() }
        var isWhole = true
        if pass(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            index += 1
            if !pass(UInt8(ascii: "+")) { _ = pass(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let double = Double(text), double.isFinite else { throw error("a number that is too large") }
        return Int64(exactly: double).map(JSONValue.integer) ?? .double(double)
    }

    private mutating func digits() throws(JSONParseError) {
        let start = index
        while let byte = next, (0x30...0x39).contains(byte) { index += 1 }
        guard index > start else { throw error("expected a digit") }
    }

    // MARK: Strings

    private mutating func string() throws(JSONParseError) -> String {
        index += 1
        let start = index
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        if next == UInt8(ascii: "\"") {
            defer { index += 1 }
            return try text(bytes[start..<index])
        }
        return try escapedString(beginningWith: bytes[start..<index])
    }

    private mutating func escapedString(beginningWith plain: ArraySlice<UInt8>) throws(JSONParseError) -> String {
        var unescaped = Array(plain)
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(unescaped[...])
            case UInt8(ascii: "\\"): try escape(to: &unescaped)
            case 0..<0x20: throw error("a control character in a string")
            default: unescaped.append(byte)
            }
        }
        throw error("a string without an end")
    }

    private func text(_ utf8: ArraySlice<UInt8>) throws(JSONParseError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else { throw error("text that is not UTF-8") }
        return text
    }

    private mutating func escape(to unescaped: inout [UInt8]) throws(JSONParseError) {
        guard let byte = next else { throw error("a string without an end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: Character(try scalar()).utf8)
        default: throw error("an unknown escape")
        }
    }

    /// What `\u` and four digits mean, or two of them that are a surrogate pair.
    private mutating func scalar() throws(JSONParseError) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        guard (0xD800..<0xDC00).contains(first), pass(UInt8(ascii: "\\")), pass(UInt8(ascii: "u")) else {
            throw error("half a surrogate pair")
        }
        let second = try codeUnit()
        let combined = 0x10000 + (UInt32(first) & 0x3FF) << 10 + UInt32(second) & 0x3FF
        guard (0xDC00..<0xE000).contains(second), let scalar = Unicode.Scalar(combined) else {
            throw error("half a surrogate pair")
        }
        return scalar
    }

    private mutating func codeUnit() throws(JSONParseError) -> UInt16 {
        guard bytes.count - index >= 4 else { throw error("a string without an end") }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw error("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }
}
