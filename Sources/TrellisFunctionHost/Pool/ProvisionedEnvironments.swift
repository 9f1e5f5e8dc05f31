import NIOCore
package import TrellisModel

/// How far the environments that are kept initialised for a version are.
package struct ProvisionedEnvironments: Hashable, Sendable {
    /// Those that have a place: initialised or being so.
    package var allocated: Int
    /// Initialised ones, whether an invocation runs in them or not.
    package var available: Int
    /// Why the rest cannot be started for now; `nil` while nothing is wrong.
    package var failure: String?

    package init(allocated: Int, available: Int, failure: String? = nil) {
        self.allocated = allocated
        self.available = available
        self.failure = failure
    }

    package static let none = ProvisionedEnvironments(allocated: 0, available: 0)
}

/// Knows what is kept initialised.
package protocol ProvisionedEnvironmentSource: Sendable {
    /// - Parameter version: Qualified with the number of a published version.
    func provisionedEnvironments(of version: FunctionARN) async -> ProvisionedEnvironments
}

extension FunctionHost: ProvisionedEnvironmentSource {
    package func provisionedEnvironments(of version: FunctionARN) async -> ProvisionedEnvironments {
        guard case .version(let number) = version.qualifier else { return .none }
        var sum = ProvisionedEnvironments.none
        for loop in loops {
            // A host that has stopped keeps nothing.
            let part =
                (try? await loop.eventLoop.submit {
                    loop.provisionedEnvironments(of: version.unqualified, number)
                }.get()) ?? .none
            sum.allocated += part.allocated
            sum.available += part.available
            sum.failure = sum.failure ?? part.failure
        }
        return sum
    }
}
