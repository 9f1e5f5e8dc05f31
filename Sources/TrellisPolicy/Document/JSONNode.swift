/// A value of a JSON document and where it stands.
///
/// Unlike other readers of JSON this one keeps the order of members, byte offsets and the spelling of numbers, and it
/// refuses repeated names: a policy is decided by what its author reads.
struct JSONNode {
    enum Value {
        case null
        case boolean(Bool)
        /// As written.
        case number(String)
        case string(String)
        case array([JSONNode])
        case object([Member])
    }

    struct Member {
        let name: String
        /// Where the name begins.
        let offset: Int
        let node: JSONNode
    }

    /// In bytes from the beginning of the document.
    let offset: Int
    let value: Value
}

/// Reads a document whose size its caller has bounded; nesting is bounded here.
struct JSONNodeReader {
    /// The deepest policy, a list of values in a condition, needs 7.
    private static let deepest = 16

    private let bytes: [UInt8]
    private var position = 0

    /// - Throws: What keeps the text from being one JSON value, with the offset of the byte that does.
    static func read(_ text: String) throws(PolicyDocumentError) -> JSONNode {
        var reader = JSONNodeReader(bytes: Array(text.utf8))
        reader.skipBlanks()
        let node = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.position == reader.bytes.count else { throw reader.syntax("unexpected text after the document") }
        return node
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func syntax(_ what: String, at offset: Int? = nil) -> PolicyDocumentError {
        PolicyDocumentError("Syntax error in policy: \(what)", path: "$", offset: offset ?? position)
    }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(PolicyDocumentError) -> JSONNode {
        guard depth < Self.deepest else { throw syntax("it is nested too deeply") }
        let start = position
        let value: JSONNode.Value
        switch next {
        case UInt8(ascii: "{"): value = .object(try members(depth: depth))
        case UInt8(ascii: "["): value = .array(try elements(depth: depth))
        case UInt8(ascii: "\""): value = .string(try string())
        case UInt8(ascii: "t"): value = try word("true", .boolean(true))
        case UInt8(ascii: "f"): value = try word("false", .boolean(false))
        case UInt8(ascii: "n"): value = try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte):
            value = .number(try number())
        case nil: throw syntax("it ends too early")
        default: throw syntax("a value was expected")
        }
        return JSONNode(offset: start, value: value)
    }

    private mutating func word(
        _ text: StaticString, _ value: JSONNode.Value
    ) throws(PolicyDocumentError) -> JSONNode.Value {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw syntax("a value was expected") }
        position += expected.count
        return value
    }

    private mutating func elements(depth: Int) throws(PolicyDocumentError) -> [JSONNode] {
        position += 1
        skipBlanks()
        var elements: [JSONNode] = []
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            skipBlanks()
            elements.append(try value(depth: depth + 1))
            skipBlanks()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw syntax("',' or ']' was expected") }
        }
    }

    private mutating func members(depth: Int) throws(PolicyDocumentError) -> [JSONNode.Member] {
        position += 1
        skipBlanks()
        var members: [JSONNode.Member] = []
        var names: Set<String> = []
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipBlanks()
            let offset = position
            guard next == UInt8(ascii: "\"") else { throw syntax("a member's name was expected") }
            let name = try string()
            guard names.insert(name).inserted else { throw syntax("the member \"\(name)\" is repeated", at: offset) }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw syntax("':' was expected") }
            skipBlanks()
            members.append(JSONNode.Member(name: name, offset: offset, node: try value(depth: depth + 1)))
            skipBlanks()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw syntax("',' or '}' was expected") }
        }
    }
}

// MARK: - Strings and numbers

extension JSONNodeReader {
    private mutating func string() throws(PolicyDocumentError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try appendEscape(to: &text)
            case 0..<0x20:
                throw syntax("a string holds a control character")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw syntax("a string does not end")
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(PolicyDocumentError) {
        let start = position
        position += 1
        guard let byte = next else { throw syntax("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): try appendUnicodeEscape(to: &text, from: start)
        default: throw syntax("a string holds an unknown escape", at: start)
        }
    }

    private mutating func appendUnicodeEscape(to text: inout [UInt8], from start: Int) throws(PolicyDocumentError) {
        var code = UInt32(try codeUnit(from: start))
        if (0xD800...0xDBFF).contains(code) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                throw syntax("a string holds half a surrogate pair", at: start)
            }
            let low = UInt32(try codeUnit(from: start))
            guard (0xDC00...0xDFFF).contains(low) else {
                throw syntax("a string holds half a surrogate pair", at: start)
            }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw syntax("a string holds half a surrogate pair", at: start)
        }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func codeUnit(from start: Int) throws(PolicyDocumentError) -> UInt16 {
        guard bytes.count - position >= 4 else { throw syntax("a string holds an unknown escape", at: start) }
        let digits = bytes[position..<position + 4]
        guard digits.allSatisfy(isHexadecimalDigit),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw syntax("a string holds an unknown escape", at: start) }
        position += 4
        return unit
    }

    private mutating func number() throws(PolicyDocumentError) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let whole = digits()
        guard whole == 1 || (whole > 1 && bytes[position - whole] != UInt8(ascii: "0")) else {
            throw syntax("a number is malformed", at: start)
        }
        if take(UInt8(ascii: ".")), digits() == 0 { throw syntax("a number is malformed", at: start) }
        if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            if digits() == 0 { throw syntax("a number is malformed", at: start) }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// - Returns: How many there are.
    private mutating func digits() -> Int {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }
}

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
}
