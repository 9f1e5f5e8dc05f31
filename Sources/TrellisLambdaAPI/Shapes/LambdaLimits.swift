/// The sizes and numbers that Lambda enforces on requests, in bytes; those of packages are the package store's.
///
/// - Source: reference lambda.md §3.3.
enum LambdaLimits {
    /// A package at its limit as base64, and 256 KiB for the rest.
    static let createFunctionBody = 70_167_211
    /// Computed like ``createFunctionBody`` with the base64 rounded up to whole groups; Lambda's own is not documented.
    static let updateFunctionCodeBody = 70_167_212
    static let invokeBody = 6_291_456
    /// Of the event of an asynchronous invocation: 1 MiB.
    static let asynchronousEvent = 1_048_576
    static let environment = 4096
    static let policy = 20_480
    /// Of one function, a number.
    static let layers = 5
    /// Packages of all functions and layers of an account in one Region; shown, and bounded by the disk only.
    static let totalCodeSize = 80_530_636_800
    /// Of the base64 text.
    static let clientContext = 3583

    // MARK: Concurrency, in invocations

    /// What reservations must leave to the functions without one.
    static let minimumUnreservedConcurrency = 100
}
