/// Where and when a signature is valid: `20150830/us-east-1/service/aws4_request`, for SigV4A without the Region.
package struct CredentialScope: Hashable, Sendable {
    /// `YYYYMMDD`.
    package var date: String
    /// Empty where there is none.
    package var region: String
    /// `false` for SigV4A, whose requests carry a Region set.
    package private(set) var hasRegion = true
    package var service: String
    package var terminator: String

    /// The only terminator AWS has.
    package static let validTerminator = "aws4_request"

    package init(date: String, region: String, service: String, terminator: String = validTerminator) {
        self.date = date
        self.region = region
        self.service = service
        self.terminator = terminator
    }

    /// The scope of SigV4A.
    package static func withoutRegion(
        date: String, service: String, terminator: String = validTerminator
    ) -> CredentialScope {
        var scope = CredentialScope(date: date, region: "", service: service, terminator: terminator)
        scope.hasRegion = false
        return scope
    }

    package var text: String {
        hasRegion ? "\(date)/\(region)/\(service)/\(terminator)" : "\(date)/\(service)/\(terminator)"
    }
}

/// The Regions that a SigV4A signature is valid in: `us-west-2,us-east-1`, `us-*` or `*`.
///
/// - Source: reference identity.md, "Signature Version 4A".
struct RegionSet {
    let text: String

    /// Whether one element names the Region; `*` stands for any run of characters.
    func contains(_ region: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: ",")).contains { element in
            Self.matches(region.utf8[...], String(Substring(element)).trimmingASCIIWhitespace.utf8[...])
        }
    }

    /// Keeps only the last `*` to come back to, so that no pattern takes more than pattern × text steps.
    private static func matches(_ text: Substring.UTF8View, _ pattern: Substring.UTF8View) -> Bool {
        var text = text
        var pattern = pattern
        var retry: (pattern: Substring.UTF8View, text: Substring.UTF8View)?
        while let byte = text.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern.removeFirst()
                retry = (pattern, text)
            } else if pattern.first == byte {
                pattern.removeFirst()
                text.removeFirst()
            } else if let last = retry {
                text = last.text.dropFirst()
                pattern = last.pattern
                retry = (pattern, text)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
