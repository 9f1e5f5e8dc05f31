/// A value that no description, debug output, dump or mirror may show.
package protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Redacted {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The secret half of an access key.
///
/// Equality takes the same time wherever two secrets of one length differ.
package struct SecretAccessKey: Redacted, Sendable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The secret itself, for the one answer that hands it out and for the store that keeps it.
    package func reveal() -> String { text }

    var bytes: String.UTF8View { text.utf8 }
}

/// The token that proves a temporary access key, sent as `x-amz-security-token`.
///
/// Equality takes the same time wherever two tokens of one length differ.
package struct SessionToken: Redacted, Sendable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The token itself, for the request or the answer that carries it.
    package func reveal() -> String { text }

    var bytes: String.UTF8View { text.utf8 }
}

extension SecretAccessKey: Equatable {
    package static func == (left: SecretAccessKey, right: SecretAccessKey) -> Bool {
        constantTimeEqual(left.bytes, right.bytes)
    }
}

extension SessionToken: Equatable {
    package static func == (left: SessionToken, right: SessionToken) -> Bool {
        constantTimeEqual(left.bytes, right.bytes)
    }
}

/// Compares every byte whatever the first difference; only the lengths can be told from the time it takes.
private func constantTimeEqual(_ left: String.UTF8View, _ right: String.UTF8View) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) {
        difference |= a ^ b
    }
    return difference == 0
}
