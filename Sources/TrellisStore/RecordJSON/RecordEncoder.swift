/// Writes a `Codable` value as JSON with the members of every object in byte order of their names.
///
/// Equal values have equal text. Slashes are not escaped, and nothing else that need not be.
package enum RecordEncoder {
    /// - Throws: `EncodingError` for a number that JSON has no form for.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let scribe = Scribe()
        try value.encode(to: scribe)
        var writer = PieceWriter()
        writer.write(scribe.piece)
        return writer.exactBytes
    }
}

/// A value that was encoded and waits for its place: members come in any order.
private enum Piece {
    case null
    case boolean(Bool)
    /// Digits as they are written.
    case number(String)
    case integer(Int)
    case string(String)
    case object(Members)
    case array(Elements)
    /// Somebody holds the encoder and may still write with it.
    case pending(Scribe)

    static func floating(_ value: Double, at path: [any CodingKey]) throws -> Piece {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: path, debugDescription: "JSON has no form for this number"))
        }
        let text = "\(value)"
        return .number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    static func of(_ value: some Encodable) throws -> Piece {
        let scribe = Scribe()
        try value.encode(to: scribe)
        return scribe.piece
    }
}

private final class Members {
    var list: [(name: String, piece: Piece)] = []

    init() { list.reserveCapacity(12) }

    /// - Parameter name: Not one that was set already.
    func set(_ name: String, _ piece: Piece) {
        list.append((name, piece))
    }
}

private final class Elements {
    var list: [Piece] = []
}

/// The encoder of one value.
private final class Scribe: Encoder {
    private var written: Piece?

    /// What has no members is an empty object, as a type without stored properties is.
    var piece: Piece { written ?? .object(Members()) }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        // A type may ask more than once and adds to the same object.
        if case .object(let members)? = written {
            return KeyedEncodingContainer(MemberWriter<Key>(members: members))
        }
        let members = Members()
        written = .object(members)
        return KeyedEncodingContainer(MemberWriter<Key>(members: members))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array(let elements)? = written { return ElementWriter(elements: elements) }
        let elements = Elements()
        written = .array(elements)
        return ElementWriter(elements: elements)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension Scribe: SingleValueEncodingContainer {
    func encodeNil() { written = .null }
    func encode(_ value: Bool) { written = .boolean(value) }
    func encode(_ value: String) { written = .string(value) }
    func encode(_ value: Double) throws { written = try .floating(value, at: codingPath) }
    func encode(_ value: Float) throws { written = try .floating(Double(value), at: codingPath) }
    func encode(_ value: Int) { written = .integer(value) }
    func encode(_ value: Int8) { written = .integer(Int(value)) }
    func encode(_ value: Int16) { written = .integer(Int(value)) }
    func encode(_ value: Int32) { written = .integer(Int(value)) }
    func encode(_ value: Int64) { written = .number(String(value)) }
    func encode(_ value: UInt) { written = .number(String(value)) }
    func encode(_ value: UInt8) { written = .integer(Int(value)) }
    func encode(_ value: UInt16) { written = .integer(Int(value)) }
    func encode(_ value: UInt32) { written = .number(String(value)) }
    func encode(_ value: UInt64) { written = .number(String(value)) }
    func encode(_ value: some Encodable) throws { written = try .of(value) }
}

private struct MemberWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let members: Members

    var codingPath: [any CodingKey] { [] }

    private func set(_ key: Key, _ piece: Piece) { members.set(key.stringValue, piece) }

    func encodeNil(forKey key: Key) { set(key, .null) }
    func encode(_ value: Bool, forKey key: Key) { set(key, .boolean(value)) }
    func encode(_ value: String, forKey key: Key) { set(key, .string(value)) }
    func encode(_ value: Double, forKey key: Key) throws { set(key, try .floating(value, at: [key])) }
    func encode(_ value: Float, forKey key: Key) throws { set(key, try .floating(Double(value), at: [key])) }
    func encode(_ value: Int, forKey key: Key) { set(key, .integer(value)) }
    func encode(_ value: Int8, forKey key: Key) { set(key, .integer(Int(value))) }
    func encode(_ value: Int16, forKey key: Key) { set(key, .integer(Int(value))) }
    func encode(_ value: Int32, forKey key: Key) { set(key, .integer(Int(value))) }
    func encode(_ value: Int64, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt8, forKey key: Key) { set(key, .integer(Int(value))) }
    func encode(_ value: UInt16, forKey key: Key) { set(key, .integer(Int(value))) }
    func encode(_ value: UInt32, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt64, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: some Encodable, forKey key: Key) throws { set(key, try .of(value)) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        let nested = Members()
        set(key, .object(nested))
        return KeyedEncodingContainer(MemberWriter<Nested>(members: nested))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let nested = Elements()
        set(key, .array(nested))
        return ElementWriter(elements: nested)
    }

    func superEncoder() -> any Encoder { encoder(named: "super") }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(named: key.stringValue) }

    private func encoder(named name: String) -> Scribe {
        let scribe = Scribe()
        members.set(name, .pending(scribe))
        return scribe
    }
}

private struct ElementWriter: UnkeyedEncodingContainer {
    let elements: Elements

    var codingPath: [any CodingKey] { [] }
    var count: Int { elements.list.count }

    private func add(_ piece: Piece) { elements.list.append(piece) }

    func encodeNil() { add(.null) }
    func encode(_ value: Bool) { add(.boolean(value)) }
    func encode(_ value: String) { add(.string(value)) }
    func encode(_ value: Double) throws { add(try .floating(value, at: codingPath)) }
    func encode(_ value: Float) throws { add(try .floating(Double(value), at: codingPath)) }
    func encode(_ value: Int) { add(.integer(value)) }
    func encode(_ value: Int8) { add(.integer(Int(value))) }
    func encode(_ value: Int16) { add(.integer(Int(value))) }
    func encode(_ value: Int32) { add(.integer(Int(value))) }
    func encode(_ value: Int64) { add(.number(String(value))) }
    func encode(_ value: UInt) { add(.number(String(value))) }
    func encode(_ value: UInt8) { add(.integer(Int(value))) }
    func encode(_ value: UInt16) { add(.integer(Int(value))) }
    func encode(_ value: UInt32) { add(.number(String(value))) }
    func encode(_ value: UInt64) { add(.number(String(value))) }
    func encode(_ value: some Encodable) throws { add(try .of(value)) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let nested = Members()
        add(.object(nested))
        return KeyedEncodingContainer(MemberWriter<Nested>(members: nested))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let nested = Elements()
        add(.array(nested))
        return ElementWriter(elements: nested)
    }

    func superEncoder() -> any Encoder {
        let scribe = Scribe()
        add(.pending(scribe))
        return scribe
    }
}

private struct PieceWriter {
    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(512) }

    /// In an array without room to grow: the values of many records stay in memory, and most of them are small.
    var exactBytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count) { exact, count in
            count = exact.initialize(fromContentsOf: bytes)
        }
    }

    mutating func write(_ piece: Piece) {
        switch piece {
        case .null: append("null")
        case .boolean(let flag): append(flag ? "true" : "false")
        case .number(let digits): append(digits)
        case .integer(let number): append(String(number))
        case .string(let text): quote(text)
        case .pending(let scribe): write(scribe.piece)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (number, element) in elements.list.enumerated() {
                if number > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            let sorted = members.list.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            for (number, member) in sorted.enumerated() {
                if number > 0 { bytes.append(UInt8(ascii: ",")) }
                quote(member.name)
                bytes.append(UInt8(ascii: ":"))
                write(member.piece)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain { append(text) } else { escape(text) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20: append("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
    }
}
