/// The comparison of `ArnLike`.
package enum ARNPattern {
    /// Whether an ARN matches a pattern: the six colon-separated parts are compared one by one, each with `*` and `?`.
    ///
    /// A wildcard never reaches over one of the first five colons; the sixth part may hold colons of its own.
    ///
    /// - Returns: `false` also if either text has fewer than six parts.
    package static func matches(_ arn: String, _ pattern: String) -> Bool {
        let arnParts = parts(of: arn)
        guard arnParts.count == partCount else { return false }
        if arn == pattern { return true }
        let patternParts = parts(of: pattern)
        guard patternParts.count == partCount else { return false }
        return zip(arnParts, patternParts).allSatisfy { WildcardPattern.matches($0.utf8, $1.utf8) }
    }

    private static let partCount = 6

    private static func parts(of arn: String) -> [Substring] {
        arn.split(separator: ":", maxSplits: partCount - 1, omittingEmptySubsequences: false)
    }
}
