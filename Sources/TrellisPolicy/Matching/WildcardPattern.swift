import TrellisModel

/// A text with `*` (any run, also an empty one) and `?` (exactly one Unicode scalar), the wildcards of IAM policies.
///
/// Prepared once so that a comparison only reads bytes. A `*` or `?` that came from a variable's value, or stands where
/// wildcards mean nothing, is an ordinary character.
package struct WildcardPattern: Hashable, Sendable {
    /// A byte of UTF-8, or one of the two wildcards above all bytes.
    typealias Element = UInt16

    static let anyRun: Element = 0x100
    static let anyOne: Element = 0x101

    private enum Shape: Hashable {
        case exact
        /// One `*`, at the end.
        case prefix
        case general
    }

    private let elements: [Element]
    private let shape: Shape
    private let ignoresCase: Bool

    /// - Parameter ignoringCase: Of ASCII letters.
    package init(_ text: some StringProtocol, ignoringCase: Bool = false) {
        self.init(elements: Self.elements(of: text), ignoringCase: ignoringCase)
    }

    init(elements: [Element], ignoringCase: Bool = false) {
        self.elements = ignoringCase ? elements.map(Self.lowercase) : elements
        ignoresCase = ignoringCase
        let wildcards = elements.count { $0 > 0xFF }
        shape =
            switch wildcards {
            case 0: .exact
            case 1 where elements.last == Self.anyRun: .prefix
            default: .general
            }
    }

    /// The bytes of a text; its `*` and `?` are wildcards if asked for.
    static func elements(of text: some StringProtocol, wildcards: Bool = true) -> [Element] {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "*") where wildcards: anyRun
            case UInt8(ascii: "?") where wildcards: anyOne
            default: Element(byte)
            }
        }
    }

    /// Whether the whole text matches the whole pattern, case-sensitively.
    package static func matches(_ text: String, _ pattern: String) -> Bool {
        text.withBytes(WildcardPattern(pattern).matches)
    }

    /// Whether the whole of a UTF-8 text matches the whole pattern.
    ///
    /// Runs in at most pattern × text steps, whatever the pattern.
    package func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        elements.withUnsafeBufferPointer { pattern in
            switch shape {
            case .exact:
                return text.count == pattern.count && equal(text, pattern)
            case .prefix:
                let prefix = UnsafeBufferPointer(rebasing: pattern.dropLast())
                return text.count >= prefix.count && equal(text, prefix)
            case .general:
                return matches(text, pattern)
            }
        }
    }

    /// - Precondition: The text is at least as long as the pattern, which has no wildcard.
    private func equal(_ text: UnsafeBufferPointer<UInt8>, _ pattern: UnsafeBufferPointer<Element>) -> Bool {
        for index in pattern.indices where folded(text[index]) != pattern[index] { return false }
        return true
    }

    /// Keeps only the last `*` to come back to: an earlier one can never match more than the last one allows.
    private func matches(_ text: UnsafeBufferPointer<UInt8>, _ pattern: UnsafeBufferPointer<Element>) -> Bool {
        var textIndex = 0
        var patternIndex = 0
        var retry: (pattern: Int, text: Int)?
        while textIndex < text.count {
            let element = patternIndex < pattern.count ? pattern[patternIndex] : nil
            if element == Self.anyRun {
                patternIndex += 1
                retry = (patternIndex, textIndex)
            } else if element == Self.anyOne {
                patternIndex += 1
                textIndex = endOfScalar(at: textIndex, in: text)
            } else if let element, element == folded(text[textIndex]) {
                patternIndex += 1
                textIndex += 1
            } else if let last = retry {
                let nextStart = endOfScalar(at: last.text, in: text)
                retry = (last.pattern, nextStart)
                patternIndex = last.pattern
                textIndex = nextStart
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == Self.anyRun }
    }

    private func endOfScalar(at index: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var end = index + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    @inline(__always)
    private func folded(_ byte: UInt8) -> Element { Element(ignoresCase ? asciiLowercase(byte) : byte) }

    private static func lowercase(_ element: Element) -> Element {
        UInt8(exactly: element).map { Element(asciiLowercase($0)) } ?? element
    }
}
