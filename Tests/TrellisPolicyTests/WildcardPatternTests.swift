import Testing
import TrellisPolicy

@Suite("Wildcards")
struct WildcardPatternTests {
    @Test(
        "StringLike",
        arguments: [
            ("", "", true), ("", "*", true), ("", "?", false), ("a", "", false),
            ("abc", "abc", true), ("abc", "ABC", false), ("abc", "a?c", true), ("ac", "a?c", false),
            ("abc", "*", true), ("abc", "a*", true), ("abc", "*c", true), ("abc", "*b*", true), ("abc", "*d*", false),
            ("aXbXc", "a*b*c", true), ("mississippi", "*issip*", true), ("mississippi", "*issi?i*i", false),
            ("abc", "abc*", true), ("abc", "***", true), ("abc", "????", false), ("äöü", "ä?ü", true),
            ("a*c", "a*c", true), ("abcabd", "*abd", true),
        ] as [(String, String, Bool)])
    func matching(text: String, pattern: String, expected: Bool) {
        #expect(WildcardPattern.matches(text, pattern) == expected)
    }

    @Test("a pattern with many stars does not take exponential time", .timeLimit(.minutes(5)))
    func manyStars() {
        let text = String(repeating: "a", count: 5_000)
        #expect(!WildcardPattern.matches(text, String(repeating: "a*", count: 50) + "b"))
    }

    @Test(
        "ArnLike compares six parts one by one",
        arguments: [
            ("arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-1", true),
            ("arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/*", true),
            ("arn:aws:vpc-lattice:*:123456789012:targetgroup/tg-?", true),
            ("arn:*:*:*:*:*", true),
            ("arn:aws:vpc-lattice:us-east-1:123456789012:*", true),
            ("arn:aws:vpc-lattice:us-east-1:123456789013:*", false),
            // A wildcard must not swallow a colon and with it the Region or account.
            ("arn:aws:vpc-lattice:*:targetgroup/tg-1", false),
            ("arn:aws:*", false),
            ("*", false),
            ("", false),
            ("ARN:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-1", false),
        ] as [(String, Bool)])
    func arnLike(pattern: String, expected: Bool) {
        let arn = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-1"
        #expect(ARNPattern.matches(arn, pattern) == expected)
    }

    @Test("colons in the sixth part belong to it")
    func colonsInResource() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f:live"
        #expect(ARNPattern.matches(arn, "arn:aws:lambda:us-east-1:123456789012:function:*"))
        #expect(!ARNPattern.matches(arn, "arn:aws:lambda:us-east-1:123456789012:function:?"))
        #expect(!ARNPattern.matches("not an arn", "not an arn"))
    }
}
