/// Which limit an invocation met, in Lambda's words.
///
/// - Source: `ThrottleReason` in the lambda service model.
enum ThrottleReason: String {
    /// The limits of the machine and those that every function has.
    case account = "ConcurrentInvocationLimitExceeded"
    /// The function's own reserved concurrency.
    case reservation = "ReservedFunctionConcurrentInvocationLimitExceeded"
}
