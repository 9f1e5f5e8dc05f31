/// The sizes that Lambda and VPC Lattice set for synchronous invocations, in bytes, inclusive.
///
/// - Source: reference "Limits and invocation"; Lambda's error texts for the two event sizes.
public enum LambdaPayloadLimits {
    /// The body of a request to a Lambda target, as received and before any encoding: 6 MiB.
    public static let requestBodyBytes = 6_291_456
    /// The serialised event.
    public static let eventBytes = 6_291_456
    /// The JSON document that a function answers with.
    public static let responseBytes = 6_291_556
}
