package enum PercentEncoding {
    /// Text as RFC 3986 writes it in a URI: everything but letters, digits and `-._~` as escapes of its UTF-8.
    package static func encoded(_ text: String) -> String {
        var output: [UInt8] = []
        append(encoding: text.utf8, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends bytes, each that is not unreserved as an escape.
    ///
    /// - Parameter keepingSlashes: Whether `/` stays as it is, as in a path.
    static func append(
        encoding bytes: some Sequence<UInt8>, keepingSlashes: Bool = false, to output: inout [UInt8]
    ) {
        for byte in bytes {
            append(byte, keepingSlashes: keepingSlashes, to: &output)
        }
    }

    /// Appends text with its escapes decoded and everything encoded again, so that two spellings become one.
    ///
    /// `+`, and a `%` that no two digits follow, stand for themselves: `a+b%2f%` gives `a%2Bb%2F%25`.
    static func append(recoding text: some Sequence<UInt8>, to output: inout [UInt8]) {
        var input = text.makeIterator()
        var pending: [UInt8] = []
        while let byte = pending.popLast() ?? input.next() {
            guard byte == UInt8(ascii: "%") else {
                append(byte, keepingSlashes: false, to: &output)
                continue
            }
            let first = pending.popLast() ?? input.next()
            let second = pending.popLast() ?? input.next()
            if let first, let second, let high = Hexadecimal.value(ofDigit: first),
                let low = Hexadecimal.value(ofDigit: second)
            {
                append(high << 4 | low, keepingSlashes: false, to: &output)
            } else {
                Hexadecimal.appendEscape(of: byte, to: &output)
                if let second { pending.append(second) }
                if let first { pending.append(first) }
            }
        }
    }

    /// Text with its escapes decoded; a `%` that no two digits follow, and `+`, stand for themselves.
    static func decoded(_ text: Substring.UTF8View) -> String {
        guard text.contains(UInt8(ascii: "%")) else { return String(Substring(text)) }
        var output: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = byte == UInt8(ascii: "%") ? rest.prefix(2).compactMap(Hexadecimal.value(ofDigit:)) : []
            guard digits.count == 2 else {
                output.append(byte)
                continue
            }
            output.append(digits[0] << 4 | digits[1])
            rest = rest.dropFirst(2)
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ byte: UInt8, keepingSlashes: Bool, to output: inout [UInt8]) {
        if byte.isUnreserved || (keepingSlashes && byte == UInt8(ascii: "/")) {
            output.append(byte)
        } else {
            Hexadecimal.appendEscape(of: byte, to: &output)
        }
    }
}
