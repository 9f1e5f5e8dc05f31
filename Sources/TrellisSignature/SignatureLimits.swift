/// Bounds on what the verifier looks at, above what any client sends and any AWS endpoint takes.
package enum SignatureLimits {
    /// UTF-8 bytes of the request target.
    package static let targetLength = 65_536
    /// UTF-8 bytes of all header names and values together.
    package static let headerLength = 131_072
    /// UTF-8 bytes of the `Authorization` header; 300 signed headers of 40 characters fit.
    package static let authorizationLength = 16_384
    /// Characters of an access key id; IAM's own bound.
    package static let accessKeyIDLength = 128
    /// Characters of the Region or the service name in a credential scope.
    package static let scopeElementLength = 64
    /// Seconds that a presigned request may be valid for: seven days.
    static let longestExpirySeconds: Int64 = 604_800
    /// Characters of a client's text that a message repeats.
    static let quotedLength = 256
}
