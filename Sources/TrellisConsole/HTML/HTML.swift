/// A piece of a page.
///
/// A literal is markup; whatever is interpolated is text and escaped, except another piece.
///
/// ```swift
/// let cell: HTML = "<td\(attribute: "title", title)>\(name)</td>"
/// ```
package struct HTML: Hashable, Sendable, ExpressibleByStringInterpolation {
    package private(set) var text: String

    package init(stringLiteral markup: String) { text = markup }

    package init(stringInterpolation pieces: StringInterpolation) { text = pieces.text }

    /// The pieces one after the other.
    package init(_ pieces: some Sequence<HTML>) {
        text = ""
        for piece in pieces { text += piece.text }
    }

    package static let empty: HTML = ""

    package static func + (left: HTML, right: HTML) -> HTML { HTML([left, right]) }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

        package mutating func appendLiteral(_ markup: String) { text += markup }

        package mutating func appendInterpolation(_ value: String) { HTML.escape(value, to: &text) }

        package mutating func appendInterpolation(_ value: String?) { HTML.escape(value ?? "", to: &text) }

        package mutating func appendInterpolation(_ number: Int) { text += String(number) }

        package mutating func appendInterpolation(_ piece: HTML) { text += piece.text }

        package mutating func appendInterpolation(_ piece: HTML?) { text += piece?.text ?? "" }

        package mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }

        /// ` name="value"` with a space in front; nothing for `nil`.
        package mutating func appendInterpolation(attribute name: StaticString, _ value: String?) {
            guard let value else { return }
            text += " \(name)=\""
            HTML.escape(value, to: &text)
            text += "\""
        }

        /// ` name` with a space in front, if it is so.
        package mutating func appendInterpolation(flag name: StaticString, if isSet: Bool) {
            if isSet { text += " \(name)" }
        }
    }

    /// Escapes for text and for attributes in quotes.
    ///
    /// It goes by bytes, not by characters: a quotation mark and a combining accent are one character, and the browser
    /// still ends the attribute at the quotation mark.
    private static func escape(_ value: String, to text: inout String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.utf8.count)
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
            // A parser of HTML replaces it.
            case 0: bytes.append(contentsOf: "\u{FFFD}".utf8)
            default: bytes.append(byte)
            }
        }
        text += String(decoding: bytes, as: UTF8.self)
    }
}
