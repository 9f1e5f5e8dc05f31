import Synchronization

/// How many environments there may be on all event loops together, and how much memory they may have.
///
/// What counts is the memory that a function may use, whether it does or not.
final class EnvironmentBudget: Sendable {
    private let memoryLimit: Int
    private let environments: Atomic<Int>
    private let memory: Atomic<Int>

    /// - Parameter memoryMB: At least 1.
    init(environments: Int, memoryMB: Int) {
        self.environments = Atomic(environments)
        memoryLimit = max(1, memoryMB)
        memory = Atomic(memoryLimit)
    }

    /// Takes a place for an environment of a function with this `MemorySize`.
    func take(memoryMB: Int) -> Bool {
        guard environments.subtract(1, ordering: .relaxed).newValue >= 0 else {
            environments.add(1, ordering: .relaxed)
            return false
        }
        guard memory.subtract(cost(memoryMB), ordering: .relaxed).newValue >= 0 else {
            giveBack(memoryMB: memoryMB)
            return false
        }
        return true
    }

    func giveBack(memoryMB: Int) {
        memory.add(cost(memoryMB), ordering: .relaxed)
        environments.add(1, ordering: .relaxed)
    }

    /// A function that may use more than everything gets everything, and runs alone.
    private func cost(_ memoryMB: Int) -> Int { min(max(0, memoryMB), memoryLimit) }
}
