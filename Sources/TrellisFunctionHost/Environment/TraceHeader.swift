package import TrellisModel

/// What `Lambda-Runtime-Trace-Id` tells a runtime: the trace that its invocation belongs to.
///
/// ```
/// Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1
/// ```
///
/// - Source: reference lambda.md §1.2, and the X-Ray developer guide, "Tracing header".
package struct TraceHeader: Hashable, Sendable {
    package let text: String

    /// Continues the caller's trace, or begins a new one that is not sampled.
    ///
    /// The caller's text is kept as it is if it has a root of the right form; a parent and the sampling decision are
    /// added where they are missing.
    ///
    /// - Parameter caller: The value of `X-Amzn-Trace-Id`; anything else than a trace counts as none.
    package init(continuing caller: String?, at time: Timestamp, random: any RandomSource) {
        guard let caller, caller.utf8.count <= Self.longest, Self.has("Root", in: caller, Self.isRoot) else {
            let seconds = UInt64(clamping: time.millisecondsSinceEpoch / 1000) & 0xFFFF_FFFF
            let epoch = String(seconds, radix: 16)
            let padding = String(repeating: "0", count: 8 - epoch.count)
            let digits = random.hexadecimalDigits(words: 3)
            text = "Root=1-\(padding)\(epoch)-\(digits.prefix(24));Parent=\(digits.suffix(16));Sampled=0"
            return
        }
        var text = caller
        if !Self.has("Parent", in: caller, { !$0.isEmpty }) { text += ";Parent=\(random.hexadecimalDigits(words: 1))" }
        if !Self.has("Sampled", in: caller, { !$0.isEmpty }) { text += ";Sampled=0" }
        self.text = text
    }

    private static func has(_ name: String, in text: String, _ isValid: (Substring) -> Bool) -> Bool {
        text.split(separator: ";").contains { part in
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return pair.count == 2 && pair[0] == name && isValid(pair[1])
        }
    }

    /// `1-`, the seconds since 1970 in 8 digits, `-`, 24 digits.
    private static func isRoot(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "1" && parts[1].utf8.count == 8 && parts[2].utf8.count == 24
            && parts.dropFirst().allSatisfy { $0.utf8.allSatisfy(isHexadecimal) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// Beyond this X-Ray's own clients do not go.
    private static let longest = 512
}
