/// A regular expression as the service model writes it, and the code that decides it.
package struct TextPattern: Sendable {
    /// Shown in errors.
    package var text: String
    package var matches: @Sendable (String) -> Bool

    package init(_ text: String, matches: @escaping @Sendable (String) -> Bool) {
        self.text = text
        self.matches = matches
    }
}
