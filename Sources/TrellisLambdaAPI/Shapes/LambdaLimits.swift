/// The sizes that Lambda enforces on requests, in bytes; those of packages are the package store's.
///
/// - Source: reference lambda.md §3.3.
enum LambdaLimits {
    /// A package at its limit as base64, and 256 KiB for the rest.
    static let createFunctionBody = 70_167_211
    /// Computed like ``createFunctionBody`` with the base64 rounded up to whole groups; Lambda's own is not documented.
    static let updateFunctionCodeBody = 70_167_212
    static let invokeBody = 6_291_456
    static let environment = 4096
    static let policy = 20_480
    /// Of the base64 text.
    static let clientContext = 3583
}
