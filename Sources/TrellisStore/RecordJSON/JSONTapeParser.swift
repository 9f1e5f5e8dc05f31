/// Reads one JSON document (RFC 8259) in one pass, without recursion.
struct JSONTapeParser {
    /// Arrays and objects inside each other; a record's own depth is a small part of it.
    static let nestingLimit = 512

    struct Failure: Error, CustomStringConvertible {
        /// Of the first byte that does not fit.
        var offset: Int

        var description: String { "no JSON at byte \(offset)" }
    }

    /// What the letter of a short escape stands for.
    static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    /// What may come next.
    private enum Expectation {
        case value, valueOrEnd, name, nameOrEnd, separatorOrEnd
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var values: [JSONTape.Value] = []
    /// The indices of the arrays and objects that have begun.
    private var open: [Int] = []

    static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONTape {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Failure(offset: 0) }
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<[JSONTape.Value], Failure> in
            var parser = JSONTapeParser(bytes: buffer)
            return Result { () throws(Failure) in try parser.parse() }
        }
        return JSONTape(bytes: bytes, values: try result.get())
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        values.reserveCapacity(bytes.count / 8 + 1)
    }

    private mutating func parse() throws(Failure) -> [JSONTape.Value] {
        var expectation = Expectation.value
        repeat {
            skipSpace()
            guard let byte = peek() else { throw Failure(offset: position) }
            switch (expectation, byte) {
            case (.valueOrEnd, UInt8(ascii: "]")), (.nameOrEnd, UInt8(ascii: "}")):
                close()
                expectation = .separatorOrEnd
            case (.value, _), (.valueOrEnd, _):
                expectation = try value(beginningWith: byte)
            case (.name, UInt8(ascii: "\"")), (.nameOrEnd, UInt8(ascii: "\"")):
                try string()
                skipSpace()
                guard peek() == UInt8(ascii: ":") else { throw Failure(offset: position) }
                position += 1
                expectation = .value
            case (.separatorOrEnd, _):
                expectation = try separator(byte)
            default: throw Failure(offset: position)
            }
        } while !open.isEmpty
        skipSpace()
        guard position == bytes.count else { throw Failure(offset: position) }
        return values
    }

    private mutating func value(beginningWith byte: UInt8) throws(Failure) -> Expectation {
        switch byte {
        case UInt8(ascii: "{"):
            try begin(.object)
            return .nameOrEnd
        case UInt8(ascii: "["):
            try begin(.array)
            return .valueOrEnd
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .boolean)
        case UInt8(ascii: "f"): try word("false", .boolean)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
        return .separatorOrEnd
    }

    private mutating func separator(_ byte: UInt8) throws(Failure) -> Expectation {
        guard let last = open.last else { throw Failure(offset: position) }
        let isObject = values[last].kind == .object
        switch byte {
        case UInt8(ascii: ","):
            position += 1
            return isObject ? .name : .value
        case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
            close()
            return .separatorOrEnd
        default: throw Failure(offset: position)
        }
    }

    private mutating func begin(_ kind: JSONTape.Kind) throws(Failure) {
        guard open.count < Self.nestingLimit else { throw Failure(offset: position) }
        open.append(values.count)
        values.append(JSONTape.Value(kind: kind, start: position, end: position, next: 0))
        position += 1
    }

    private mutating func close() {
        position += 1
        guard let index = open.popLast() else { return }
        values[index].end = position
        values[index].next = values.count
    }

    private mutating func append(_ kind: JSONTape.Kind, from start: Int, to end: Int) {
        values.append(JSONTape.Value(kind: kind, start: start, end: end, next: values.count + 1))
    }

    private mutating func string() throws(Failure) {
        position += 1
        let start = position
        var kind = JSONTape.Kind.string
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                append(kind, from: start, to: position)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                try escape()
            case 0..<0x20: throw Failure(offset: position)
            default: position += 1
            }
        }
        throw Failure(offset: position)
    }

    private mutating func escape() throws(Failure) {
        position += 1
        guard let letter = peek() else { throw Failure(offset: position) }
        position += 1
        if Self.escapes[letter] != nil { return }
        guard letter == UInt8(ascii: "u") else { throw Failure(offset: position - 1) }
        for _ in 0..<4 {
            guard let digit = peek(), hexadecimalDigit(digit) != nil else { throw Failure(offset: position) }
            position += 1
        }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONTape.Kind) throws(Failure) {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard peek() == word.utf8Start[offset] else { throw Failure(offset: position) }
            position += 1
        }
        append(kind, from: start, to: position)
    }

    private mutating func number() throws(Failure) {
        let start = position
        if peek() == UInt8(ascii: "-") { position += 1 }
        if peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if peek() == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        append(.number, from: start, to: position)
    }

    private mutating func digits() throws(Failure) {
        let start = position
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw Failure(offset: position) }
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }
}
