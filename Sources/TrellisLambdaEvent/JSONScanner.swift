/// Reads JSON text byte by byte, once and without building values.
///
/// Grammar as in RFC 8259, nothing beyond it: no comments, no trailing commas, no byte order mark. Strings are checked
/// to be UTF-8 while they are scanned.
struct JSONScanner {
    /// How deep arrays and objects may be nested, the document itself included.
    static let deepestNesting = 64

    /// A string that was scanned: where its inside lies, and whether it holds escapes.
    struct StringToken {
        var range: Range<Int>
        var hasEscapes: Bool

        /// The offset of the opening quote.
        var offset: Int { range.lowerBound - 1 }
    }

    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    // MARK: Tokens

    /// Skips white space and returns the byte after it without taking it.
    mutating func peek() throws(LambdaResponseError) -> UInt8 {
        skipWhiteSpace()
        guard position < bytes.count else { throw .init(.unexpectedEnd, at: position) }
        return bytes[position]
    }

    /// Takes one expected byte after white space.
    mutating func take(_ expected: UInt8) throws(LambdaResponseError) {
        guard try takes(expected) else { throw .init(.unexpectedByte(bytes[position]), at: position) }
    }

    /// Takes the byte after white space if it is the one asked for.
    @inline(__always)
    mutating func takes(_ expected: UInt8) throws(LambdaResponseError) -> Bool {
        if position < bytes.count, bytes[position] == expected {
            position += 1
            return true
        }
        return try takesAfterWhiteSpace(expected)
    }

    private mutating func takesAfterWhiteSpace(_ expected: UInt8) throws(LambdaResponseError) -> Bool {
        guard try peek() == expected else { return false }
        position += 1
        return true
    }

    /// Takes `true`, `false` or `null`.
    mutating func takeLiteral(_ literal: StaticString) throws(LambdaResponseError) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard position < bytes.count else { throw .init(.unexpectedEnd, at: position) }
            guard bytes[position] == literal.utf8Start[index] else {
                throw .init(.unexpectedByte(bytes[position]), at: position)
            }
            position += 1
        }
    }

    /// Takes white space up to the end.
    mutating func takeEnd() throws(LambdaResponseError) {
        skipWhiteSpace()
        guard position == bytes.count else { throw .init(.trailingBytes, at: position) }
    }

    /// Takes a number of any size and returns where it lies.
    mutating func takeNumber() throws(LambdaResponseError) -> Range<Int> {
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try takeDigits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try takeDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try takeDigits()
        }
        return start..<position
    }

    private mutating func takeDigits() throws(LambdaResponseError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position == start else { return }
        guard position < bytes.count else { throw .init(.unexpectedEnd, at: position) }
        throw .init(.unexpectedByte(bytes[position]), at: position)
    }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    // MARK: Values nobody asked for

    /// Takes a value of any kind after white space.
    ///
    /// - Parameter depth: How many arrays and objects are open around it.
    mutating func skipValue(depth: Int) throws(LambdaResponseError) {
        switch try peek() {
        case UInt8(ascii: "\""): _ = try takeString()
        case UInt8(ascii: "{"): try skipObject(depth: depth + 1)
        case UInt8(ascii: "["): try skipArray(depth: depth + 1)
        case UInt8(ascii: "t"): try takeLiteral("true")
        case UInt8(ascii: "f"): try takeLiteral("false")
        case UInt8(ascii: "n"): try takeLiteral("null")
        default: _ = try takeNumber()
        }
    }

    private mutating func skipObject(depth: Int) throws(LambdaResponseError) {
        try checkDepth(depth)
        try take(UInt8(ascii: "{"))
        guard try !takes(UInt8(ascii: "}")) else { return }
        repeat {
            _ = try takeString()
            try take(UInt8(ascii: ":"))
            try skipValue(depth: depth)
        } while try takes(UInt8(ascii: ","))
        try take(UInt8(ascii: "}"))
    }

    private mutating func skipArray(depth: Int) throws(LambdaResponseError) {
        try checkDepth(depth)
        try take(UInt8(ascii: "["))
        guard try !takes(UInt8(ascii: "]")) else { return }
        repeat {
            try skipValue(depth: depth)
        } while try takes(UInt8(ascii: ","))
        try take(UInt8(ascii: "]"))
    }

    private func checkDepth(_ depth: Int) throws(LambdaResponseError) {
        guard depth <= Self.deepestNesting else {
            throw .init(.nestingTooDeep(limit: Self.deepestNesting), at: position)
        }
    }
}
