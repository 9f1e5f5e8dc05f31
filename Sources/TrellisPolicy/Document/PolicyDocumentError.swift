/// Why a policy document is refused, and where.
package struct PolicyDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In IAM's words where they are known, for example `Missing required field Effect`.
    package var message: String
    /// For example `$.Statement[0].Condition.Bool`.
    package var path: String
    /// In bytes from the beginning of the document.
    package var offset: Int

    package init(_ message: String, path: String, offset: Int) {
        self.message = message
        self.path = path
        self.offset = offset
    }

    package var description: String { "\(message) (at \(path), byte \(offset))" }
}
