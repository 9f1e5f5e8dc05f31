/// A JSON document as a flat list of its values in document order, over the bytes it was read from.
///
/// Nothing is converted before it is asked for; a record asks for each of its members once.
final class JSONTape: Sendable {
    enum Kind: Sendable {
        case object, array, string, escapedString, number, boolean, null
    }

    struct Value: Sendable {
        var kind: Kind
        /// Where its bytes begin; those of a string without the quotation marks.
        var start: Int
        var end: Int
        /// The index of the first value after it that is not inside it.
        var next: Int
    }

    let bytes: [UInt8]
    /// The first one is the document; a member of an object is its name, which is a string, and then its value.
    let values: [Value]

    init(bytes: [UInt8], values: [Value]) {
        self.bytes = bytes
        self.values = values
    }

    /// - Returns: The index of the member's value; `nil` if the value at `object` is no object or has no such member.
    func member(_ name: String, of object: Int) -> Int? {
        guard values[object].kind == .object else { return nil }
        var name = name
        return name.withUTF8 { name in
            var index = object + 1
            while index < values[object].next {
                if isText(at: index, equalTo: name) { return index + 1 }
                index = values[index + 1].next
            }
            return nil
        }
    }

    /// The indices of the members' names, or of an array's elements.
    func children(of parent: Int) -> [Int] {
        let step = values[parent].kind == .object ? 1 : 0
        var children: [Int] = []
        var index = parent + 1
        while index < values[parent].next {
            children.append(index)
            index = values[index + step].next
        }
        return children
    }

    /// - Returns: `nil` if the value is no string.
    func string(at index: Int) -> String? {
        let value = values[index]
        switch value.kind {
        case .string: return String(decoding: bytes[value.start..<value.end], as: UTF8.self)
        case .escapedString: return unescaped(bytes[value.start..<value.end])
        default: return nil
        }
    }

    /// - Returns: `nil` if the value is no number without fraction and exponent, or is out of the type's bounds.
    func integer<Integer: FixedWidthInteger>(at index: Int, as type: Integer.Type) -> Integer? {
        let value = values[index]
        guard value.kind == .number else { return nil }
        let isNegative = bytes[value.start] == UInt8(ascii: "-")
        var result: Integer = 0
        for byte in bytes[(value.start + (isNegative ? 1 : 0))..<value.end] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let digit = Integer(truncatingIfNeeded: byte - UInt8(ascii: "0"))
            let shifted = result.multipliedReportingOverflow(by: 10)
            let sum =
                isNegative
                ? shifted.partialValue.subtractingReportingOverflow(digit)
                : shifted.partialValue.addingReportingOverflow(digit)
            guard !shifted.overflow, !sum.overflow else { return nil }
            result = sum.partialValue
        }
        return result
    }

    func double(at index: Int) -> Double? {
        let value = values[index]
        guard value.kind == .number else { return nil }
        return Double(String(decoding: bytes[value.start..<value.end], as: UTF8.self))
    }

    func boolean(at index: Int) -> Bool? {
        let value = values[index]
        return value.kind == .boolean ? bytes[value.start] == UInt8(ascii: "t") : nil
    }

    private func isText(at index: Int, equalTo other: UnsafeBufferPointer<UInt8>) -> Bool {
        let value = values[index]
        guard value.kind == .string else {
            return string(at: index).map { Array($0.utf8) } == Array(other)
        }
        guard value.end - value.start == other.count else { return false }
        for offset in 0..<other.count where bytes[value.start + offset] != other[offset] { return false }
        return true
    }

    /// - Parameter text: As the parser has checked it: every backslash begins a whole escape.
    private func unescaped(_ text: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var units: [UInt16] = []
        func flush() {
            result += String(decoding: units, as: UTF16.self).utf8
            units = []
        }
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "\\") else {
                if !units.isEmpty { flush() }
                result.append(text[index])
                index += 1
                continue
            }
            let escape = text[index + 1]
            if escape == UInt8(ascii: "u") {
                let unit = text[(index + 2)..<(index + 6)].reduce(UInt16(0)) { $0 << 4 | (hexadecimalDigit($1) ?? 0) }
                units.append(unit)
                index += 6
            } else {
                if !units.isEmpty { flush() }
                result.append(JSONTapeParser.escapes[escape] ?? escape)
                index += 2
            }
        }
        if !units.isEmpty { flush() }
        return String(decoding: result, as: UTF8.self)
    }
}

func hexadecimalDigit(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
