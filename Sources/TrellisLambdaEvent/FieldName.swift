/// Header field names as bytes: compared without case, one scan, no copy.
enum FieldName {
    /// Whether a name is `expected`, which is in lower case.
    @inline(__always)
    static func equals(_ name: String, _ expected: StaticString) -> Bool {
        guard name.utf8.count == expected.utf8CodeUnitCount else { return false }
        return name.withUTF8Bytes { equals($0, expected) }
    }

    /// Whether two names are the same; by another name than `equals`, because literals would prefer this overload.
    static func areSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && left.utf8.elementsEqual(right.utf8) { lowercased($0) == lowercased($1) }
    }

    /// Whether a name is `expected`, which is in lower case.
    @inline(__always)
    static func equals(_ name: UnsafeRawBufferPointer, _ expected: StaticString) -> Bool {
        name.count == expected.utf8CodeUnitCount && hasPrefix(name, expected)
    }

    /// Whether a name begins with `prefix`, which is in lower case.
    @inline(__always)
    static func hasPrefix(_ name: UnsafeRawBufferPointer, _ prefix: StaticString) -> Bool {
        guard name.count >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount where lowercased(name[index]) != prefix.utf8Start[index] {
            return false
        }
        return true
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// - Returns: How many bytes were copied: all.
    @inline(__always)
    static func copyLowercased(
        _ name: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer, at start: Int
    ) -> Int {
        var index = 0
        while name.count - index >= 8 {
            let word = ByteWord(name, at: index).lowercased
            output.storeBytes(of: word.littleEndian, toByteOffset: start + index, as: UInt64.self)
            index += 8
        }
        while index < name.count {
            output[start + index] = lowercased(name[index])
            index += 1
        }
        return name.count
    }

    /// Whether the bytes are a `token` of RFC 9110, section 5.6.2.
    static func isToken(_ name: UnsafeRawBufferPointer) -> Bool {
        !name.isEmpty && name.allSatisfy(isTokenByte)
    }

    @inline(__always)
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        let characters = byte < 0x40 ? lowTokenCharacters : highTokenCharacters
        return byte < 0x80 && characters >> UInt64(byte & 0x3F) & 1 != 0
    }

    /// A bit for each character from U+0000 to U+003F: `!#$%&'*+-.` and digits.
    private static let lowTokenCharacters: UInt64 = 0x03FF_6CFA_0000_0000
    /// A bit for each character from U+0040 to U+007F: letters and `^_\`|~`.
    private static let highTokenCharacters: UInt64 = 0x57FF_FFFF_C7FF_FFFE
}

/// Whether a header value may hold this byte: anything but control characters, of which only the tab is allowed.
///
/// - Source: RFC 9110, section 5.5. NIO's validator breaks the connection over the same bytes.
@inline(__always)
func isFieldValueByte(_ byte: UInt8) -> Bool {
    byte >= 0x20 ? byte != 0x7F : byte == 0x09
}

/// Whether a header value holds no control characters but tabs.
func isFieldValue(_ value: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while value.count - index >= 8, ByteWord(value, at: index).controls == 0 { index += 8 }
    // What is left is short, or has a tab or something worse in it.
    while index < value.count {
        guard isFieldValueByte(value[index]) else { return false }
        index += 1
    }
    return true
}

/// Cuts spaces and tabs from both ends.
func trimmingBlanks(_ text: Slice<UnsafeRawBufferPointer>) -> UnsafeRawBufferPointer {
    var text = text
    while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
    while let last = text.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
    return UnsafeRawBufferPointer(rebasing: text)
}

/// The names of a header list in lower case, side by side in one scratch area.
struct FieldNames {
    private let bytes: UnsafeRawBufferPointer
    private let ranges: UnsafeBufferPointer<Range<Int>>

    /// - Parameter body: Gets the names, which are gone when it returns.
    static func withLowercased<Result>(_ headers: HeaderList, _ body: (FieldNames) -> Result) -> Result {
        let byteCount = headers.reduce(0) { $0 + $1.name.utf8.count }
        return withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 1) { bytes in
            withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: headers.count) { ranges in
                var end = 0
                for index in headers.indices {
                    let start = end
                    end += headers[index].name.withUTF8Bytes { FieldName.copyLowercased($0, to: bytes, at: start) }
                    ranges.initializeElement(at: index, to: start..<end)
                }
                return body(
                    FieldNames(bytes: UnsafeRawBufferPointer(bytes), ranges: UnsafeBufferPointer(ranges)))
            }
        }
    }

    subscript(index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[ranges[index]]) }

    /// Lends the chains of equal names.
    func withGroups<Result>(_ body: (KeyGroups) -> Result) -> Result {
        KeyGroups.withGroups(of: ranges, in: bytes, body)
    }
}
