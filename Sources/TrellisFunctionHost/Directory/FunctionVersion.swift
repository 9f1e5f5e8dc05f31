package import TrellisModel

/// One version of a function as it can run: code and configuration that never change.
///
/// A change of `$LATEST` makes a new one. Environments belong to exactly one of these.
package final class FunctionVersion: Sendable {
    /// Never used for another version, also not of another function.
    package let id: UInt64
    /// Unqualified.
    package let function: FunctionARN
    /// `nil` is `$LATEST`.
    package let number: Int?
    package let configuration: FunctionConfiguration
    /// The event loop that runs its environments, as an index; the same for all versions of a function.
    package let owner: Int
    /// Where invocations take a place unless the function has reserved concurrency.
    package let concurrency: ScopeConcurrency

    package init(
        id: UInt64, function: FunctionARN, number: Int?, configuration: FunctionConfiguration, owner: Int,
        concurrency: ScopeConcurrency
    ) {
        self.id = id
        self.function = function
        self.number = number
        self.configuration = configuration
        self.owner = owner
        self.concurrency = concurrency
        name = number.map(String.init) ?? "$LATEST"
    }

    /// `$LATEST` or the number, as `X-Amz-Executed-Version` and the log say it.
    package let name: String
}
