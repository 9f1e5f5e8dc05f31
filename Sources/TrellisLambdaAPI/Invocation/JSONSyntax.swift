import NIOCore

/// What is wrong with a text that should be JSON, and where.
struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    var reason: String
    /// In bytes from the beginning.
    var offset: Int

    var description: String { "\(reason) at offset \(offset)" }
}

/// Checks that bytes are exactly one JSON value, without making anything of it.
///
/// - Source: RFC 8259; the nesting limit is chosen.
enum JSONSyntax {
    static let nestingLimit = 1000

    static func check(_ buffer: ByteBuffer) throws(JSONSyntaxError) {
        let error = buffer.withUnsafeReadableBytes { bytes -> JSONSyntaxError? in
            var scanner = JSONScanner(bytes)
            do throws(JSONSyntaxError) {
                try scanner.scanDocument()
                return nil
            } catch {
                return error
            }
        }
        if let error { throw error }
        guard buffer.readableBytesView.isUTF8 else {
            throw JSONSyntaxError(reason: "Invalid UTF-8", offset: 0)
        }
    }
}

extension ByteBufferView {
    fileprivate var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}

/// Walks through the bytes with a stack of its own, so that deep nesting cannot exhaust the thread's.
private struct JSONScanner {
    private enum Container {
        case array
        case object
    }

    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    private var open: [Container] = []

    /// - Parameter bytes: Must outlive the scanner.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func scanDocument() throws(JSONSyntaxError) {
        repeat {
            try scanValue()
        } while try scanToNextValue()
    }

    /// A scalar, an empty container, or the beginning of a container up to its first value.
    private mutating func scanValue() throws(JSONSyntaxError) {
        while true {
            skipWhitespace()
            guard let byte = peek() else { throw failure("Unexpected end-of-input") }
            switch byte {
            case UInt8(ascii: "{"):
                index += 1
                try push(.object)
                if try closes(with: UInt8(ascii: "}")) { return }
                try scanName()
            case UInt8(ascii: "["):
                index += 1
                try push(.array)
                if try closes(with: UInt8(ascii: "]")) { return }
            case UInt8(ascii: "\""): return try scanString()
            case UInt8(ascii: "t"): return try scanWord("true")
            case UInt8(ascii: "f"): return try scanWord("false")
            case UInt8(ascii: "n"): return try scanWord("null")
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try scanNumber()
            default: throw failure("Unexpected character (code \(byte))")
            }
        }
    }

    /// - Returns: `false` at the end of the document.
    private mutating func scanToNextValue() throws(JSONSyntaxError) -> Bool {
        while true {
            skipWhitespace()
            guard let container = open.last else {
                guard index == bytes.count else { throw failure("Unexpected content after the value") }
                return false
            }
            switch (peek(), container) {
            case (UInt8(ascii: ","), .array):
                index += 1
                return true
            case (UInt8(ascii: ","), .object):
                index += 1
                try scanName()
                return true
            case (UInt8(ascii: "]"), .array), (UInt8(ascii: "}"), .object):
                index += 1
                open.removeLast()
            case (nil, _): throw failure("Unexpected end-of-input")
            case (let byte?, _): throw failure("Unexpected character (code \(byte)): expected a comma or the end")
            }
        }
    }

    private mutating func push(_ container: Container) throws(JSONSyntaxError) {
        guard open.count < JSONSyntax.nestingLimit else {
            throw failure("The value is nested deeper than \(JSONSyntax.nestingLimit) levels")
        }
        open.append(container)
    }

    /// Takes the container off again if it is empty.
    private mutating func closes(with byte: UInt8) throws(JSONSyntaxError) -> Bool {
        skipWhitespace()
        guard peek() == byte else { return false }
        index += 1
        open.removeLast()
        return true
    }

    /// A member's name and the colon after it.
    private mutating func scanName() throws(JSONSyntaxError) {
        skipWhitespace()
        guard peek() == UInt8(ascii: "\"") else { throw failure("Expected a member name") }
        try scanString()
        skipWhitespace()
        guard peek() == UInt8(ascii: ":") else { throw failure("Expected a colon") }
        index += 1
    }

    private mutating func scanString() throws(JSONSyntaxError) {
        index += 1
        while let byte = peek() {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"): try scanEscape()
            case 0..<0x20:
                index -= 1
                throw failure("Illegal unquoted character (code \(byte))")
            default: continue
            }
        }
        throw failure("Unexpected end-of-input in a string")
    }

    private mutating func scanEscape() throws(JSONSyntaxError) {
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        case UInt8(ascii: "u"):
            index += 1
            for _ in 0..<4 {
                guard let digit = peek(), isHexadecimal(digit) else { throw failure("Expected a hexadecimal digit") }
                index += 1
            }
        default: throw failure("Unrecognized character escape")
        }
    }

    private mutating func scanWord(_ word: StaticString) throws(JSONSyntaxError) {
        for expected in UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
            guard peek() == expected else { throw failure("Unrecognized token: expected \(word)") }
            index += 1
        }
    }

    private mutating func scanNumber() throws(JSONSyntaxError) {
        if peek() == UInt8(ascii: "-") { index += 1 }
        if peek() == UInt8(ascii: "0") {
            index += 1
        } else {
            try scanDigits()
        }
        if peek() == UInt8(ascii: ".") {
            index += 1
            try scanDigits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            index += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { index += 1 }
            try scanDigits()
        }
    }

    private mutating func scanDigits() throws(JSONSyntaxError) {
        let start = index
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw failure("Expected a digit") }
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// The only access to the bytes; `nil` at the end.
    private func peek() -> UInt8? {
        index < bytes.count ? bytes[index] : nil
    }

    private func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private func failure(_ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(reason: reason, offset: index)
    }
}
