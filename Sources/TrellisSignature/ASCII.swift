extension UInt8 {
    /// RFC 3986 `unreserved`: the bytes SigV4 never percent-encodes.
    var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    /// RFC 9110 `tchar`: the bytes a method or a header name is made of.
    var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"),
            UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    /// Space, tab, line feed, vertical tab, form feed, carriage return.
    var isASCIIWhitespace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }

    var isASCIIControl: Bool { self < 0x20 || self == 0x7F }

    var isVisibleASCII: Bool { self > 0x20 && self < 0x7F }

    var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var asciiLowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }
}

extension String {
    /// The text with `A`–`Z` in lower case and every other byte as it is.
    var asciiLowercased: String {
        utf8.contains { $0 != $0.asciiLowercased }
            ? String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
            : self
    }

    /// Whether the text is `name`, apart from the case of ASCII letters.
    ///
    /// - Parameter name: A lower-case header name.
    func isHeaderName(_ name: String) -> Bool {
        utf8.count == name.utf8.count && compareHeaderNames(self, name) == .equal
    }

    /// Looks at the UTF-8 bytes in place; only a string that is not stored as UTF-8 is copied first.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }

    /// The text without white space at its ends.
    var trimmingASCIIWhitespace: String {
        let bytes = utf8
        guard let start = bytes.firstIndex(where: { !$0.isASCIIWhitespace }),
            let last = bytes.lastIndex(where: { !$0.isASCIIWhitespace })
        else { return "" }
        return String(self[start...last])
    }
}

enum ByteOrder {
    case before, equal, after
}

/// Compares a header name as received with a lower-case name, byte by byte, ignoring the case of the first.
func compareHeaderNames(_ received: String, _ name: String) -> ByteOrder {
    received.withBytes { received in
        name.withBytes { name in
            for index in 0..<min(received.count, name.count) {
                let byte = received[index].asciiLowercased
                if byte != name[index] { return byte < name[index] ? .before : .after }
            }
            if received.count == name.count { return .equal }
            return received.count < name.count ? .before : .after
        }
    }
}
