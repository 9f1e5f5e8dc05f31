import TrellisModel

/// The comparison of `ArnLike`: the six colon-separated parts are compared one by one, each with `*` and `?`.
///
/// A wildcard never reaches over one of the first five colons; the sixth part may hold colons of its own.
package struct ARNPattern: Hashable, Sendable {
    static let partCount = 6

    private let parts: [WildcardPattern]

    /// - Returns: `nil` if the text has fewer than six parts, and so matches nothing.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: Self.partCount - 1, omittingEmptySubsequences: false)
        self.init(parts: parts.map { WildcardPattern($0) })
    }

    init?(parts: [WildcardPattern]) {
        guard parts.count == Self.partCount else { return nil }
        self.parts = parts
    }

    /// Whether an ARN matches a pattern.
    package static func matches(_ arn: String, _ pattern: String) -> Bool {
        guard let pattern = ARNPattern(pattern) else { return false }
        return arn.withBytes(pattern.matches)
    }

    /// - Returns: `false` also if the text has fewer than six parts.
    package func matches(_ arn: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = arn[...]
        for part in parts.dropLast() {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                part.matches(UnsafeBufferPointer(rebasing: rest[..<colon]))
            else { return false }
            rest = rest[(colon + 1)...]
        }
        return parts.last?.matches(UnsafeBufferPointer(rebasing: rest)) ?? false
    }
}
