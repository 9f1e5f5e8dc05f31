import Synchronization

/// Lets one write transaction of this process run at a time, first come, first served.
///
/// The store alone keeps transactions apart; the gate only spares them the conflicts and repeats that many
/// creations at once would cause each other. A cancelled waiter still waits for its turn, which is short.
final class WriteGate: Sendable {
    private struct State {
        var isBusy = false
        /// Waiters from `next` on; the ones before it had their turn.
        var waiters: [CheckedContinuation<Void, Never>] = []
        var next = 0
    }

    private let state = Mutex(State())

    func run<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.isBusy else {
                    state.isBusy = true
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.next < state.waiters.count else {
                state.waiters.removeAll(keepingCapacity: true)
                state.next = 0
                state.isBusy = false
                return nil
            }
            defer { state.next += 1 }
            return state.waiters[state.next]
        }
        waiter?.resume()
    }
}
