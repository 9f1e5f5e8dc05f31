/// Reads a `Codable` value from a ``JSONTape``, as Foundation's decoder does and many times as fast.
///
/// Dates, data and the like have no form of their own here: no record holds one.
struct RecordDecoder: Decoder {
    let tape: JSONTape
    let index: Int

    init(_ tape: JSONTape, at index: Int = 0) {
        self.tape = tape
        self.index = index
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Only errors ask for it.
    var codingPath: [any CodingKey] { tape.path(to: index) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard tape.values[index].kind == .object else { throw mismatch([String: Any].self, "an object") }
        return KeyedDecodingContainer(KeyedReader<Key>(tape: tape, index: index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard tape.values[index].kind == .array else { throw mismatch([Any].self, "an array") }
        return ElementReader(tape: tape, index: index)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    private func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        .typeMismatch(
            type, .init(codingPath: codingPath, debugDescription: "\(expected) is expected here"))
    }

    private func required<Value>(_ value: Value?, _ expected: String) throws -> Value {
        guard let value else { throw mismatch(Value.self, expected) }
        return value
    }

    private func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        try required(tape.integer(at: index, as: type), "an integer that fits")
    }
}

extension RecordDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { tape.values[index].kind == .null }
    func decode(_ type: Bool.Type) throws -> Bool { try required(tape.boolean(at: index), "true or false") }
    func decode(_ type: String.Type) throws -> String { try required(tape.string(at: index), "a string") }
    func decode(_ type: Double.Type) throws -> Double { try required(tape.double(at: index), "a number") }
    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let tape: JSONTape
    let index: Int

    var codingPath: [any CodingKey] { tape.path(to: index) }

    var allKeys: [Key] {
        tape.children(of: index).compactMap { tape.string(at: $0).flatMap(Key.init(stringValue:)) }
    }

    func contains(_ key: Key) -> Bool { tape.member(key.stringValue, of: index) != nil }

    private func member(_ key: Key) throws -> RecordDecoder {
        guard let member = tape.member(key.stringValue, of: index) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "there is no member '\(key.stringValue)'"))
        }
        return RecordDecoder(tape, at: member)
    }

    private func present(_ key: Key) -> RecordDecoder? {
        guard let member = tape.member(key.stringValue, of: index), tape.values[member].kind != .null else {
            return nil
        }
        return RecordDecoder(tape, at: member)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try member(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try member(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try member(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try member(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try member(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try member(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try member(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try member(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try member(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try member(key).decode(type) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: member(key))
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key)?.decode(type) }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try present(key).map(Value.init(from:))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        guard let member = tape.member("super", of: index) else { return RecordDecoder(tape, at: index) }
        return RecordDecoder(tape, at: member)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

private struct ElementReader: UnkeyedDecodingContainer {
    let tape: JSONTape
    let index: Int
    /// The index of the next element's value.
    private var next: Int
    private(set) var currentIndex = 0

    init(tape: JSONTape, index: Int) {
        self.tape = tape
        self.index = index
        next = index + 1
    }

    var codingPath: [any CodingKey] { tape.path(to: index) }
    var count: Int? { tape.children(of: index).count }
    var isAtEnd: Bool { next >= tape.values[index].next }

    private mutating func take<Value>(_ decode: (RecordDecoder) throws -> Value) throws -> Value {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Value.self, .init(codingPath: codingPath, debugDescription: "the array has no more elements"))
        }
        let value = try decode(RecordDecoder(tape, at: next))
        next = tape.values[next].next
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, tape.values[next].kind == .null else { return false }
        return try take { $0.decodeNil() }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try take { try $0.decode(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try take { try $0.decode(type) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try take { try $0.decode(type) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take { try $0.decode(type) } }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try take(Value.init(from:)) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try take { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try take { $0 } }
}

extension JSONTape {
    /// The names and positions on the way from the document to a value.
    fileprivate func path(to index: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var place = 0
        while place < index {
            let isObject = values[place].kind == .object
            let children = children(of: place)
            guard let number = children.lastIndex(where: { $0 <= index }) else { break }
            path.append(PathKey(number: number, name: isObject ? string(at: children[number]) : nil))
            place = isObject ? children[number] + 1 : children[number]
        }
        return path
    }
}

private struct PathKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(number: Int, name: String?) {
        stringValue = name ?? "Index \(number)"
        intValue = name == nil ? number : nil
    }

    init?(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        self.init(number: intValue, name: nil)
    }
}
