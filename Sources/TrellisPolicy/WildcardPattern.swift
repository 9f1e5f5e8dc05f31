/// Matching with `*` (any run, also an empty one) and `?` (exactly one element), the wildcards of IAM policies.
package enum WildcardPattern {
    private static let anyRun = UInt8(ascii: "*")
    private static let anyOne = UInt8(ascii: "?")

    /// Whether the whole text matches the whole pattern, case-sensitively.
    ///
    /// `?` matches one Unicode scalar. Runs in at most pattern × text steps, whatever the pattern.
    package static func matches(_ text: String, _ pattern: String) -> Bool {
        matches(
            text.unicodeScalars, pattern.unicodeScalars,
            anyRun: Unicode.Scalar(anyRun), anyOne: Unicode.Scalar(anyOne))
    }

    /// The same for text that is known to be ASCII, byte by byte.
    static func matches(_ text: Substring.UTF8View, _ pattern: Substring.UTF8View) -> Bool {
        matches(text, pattern, anyRun: anyRun, anyOne: anyOne)
    }

    /// Keeps only the last `*` to come back to: an earlier one can never match more than the last one allows.
    private static func matches<Elements: Collection>(
        _ text: Elements, _ pattern: Elements, anyRun: Elements.Element, anyOne: Elements.Element
    ) -> Bool where Elements.Element: Equatable {
        var textIndex = text.startIndex
        var patternIndex = pattern.startIndex
        var retry: (pattern: Elements.Index, text: Elements.Index)?
        while textIndex < text.endIndex {
            if patternIndex < pattern.endIndex, pattern[patternIndex] == anyRun {
                pattern.formIndex(after: &patternIndex)
                retry = (patternIndex, textIndex)
            } else if patternIndex < pattern.endIndex,
                pattern[patternIndex] == anyOne || pattern[patternIndex] == text[textIndex]
            {
                pattern.formIndex(after: &patternIndex)
                text.formIndex(after: &textIndex)
            } else if let last = retry {
                let nextStart = text.index(after: last.text)
                retry = (last.pattern, nextStart)
                patternIndex = last.pattern
                textIndex = nextStart
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == anyRun }
    }
}
