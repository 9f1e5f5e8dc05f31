import TrellisAPI

/// Registers and deregisters targets of one group.
struct TargetRegistration {
    var operations: Operations
    var group: String

    /// - Returns: Why a target was refused; `nil` if none was.
    func register(_ targets: [JSONValue]) async throws -> String? {
        targets.isEmpty ? nil : try await send(targets, to: "registertargets")
    }

    /// - Returns: Why a target was refused; `nil` if none was.
    func deregister(_ targets: [JSONValue]) async throws -> String? { try await send(targets, to: "deregistertargets") }

    private func send(_ targets: [JSONValue], to operation: String) async throws -> String? {
        do {
            let answer = try await operations.call(
                .lattice, "POST", ["targetgroups", group, operation], .object(["targets": .array(targets)]))
            let refused = (answer["unsuccessful"]?.elements ?? []).compactMap { $0["failureMessage"]?.text }
            return refused.isEmpty ? nil : refused.joined(separator: " ")
        } catch {
            guard error.status < 500 else { throw error }
            return error.message
        }
    }
}
