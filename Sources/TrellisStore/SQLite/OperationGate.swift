import Synchronization

/// Counts the operations that run, so that closing waits for them and none begins afterwards.
final class OperationGate: Sendable {
    private struct State {
        var running = 0
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Pair with ``leave()``.
    ///
    /// - Throws: ``StoreError/closed``
    func enter() throws {
        try state.withLock { state in
            guard !state.isClosed else { throw StoreError.closed }
            state.running += 1
        }
    }

    func leave() {
        let closers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.running -= 1
            guard state.isClosed, state.running == 0 else { return [] }
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers {
            closer.resume()
        }
    }

    /// Returns when no operation runs; from now on none can begin.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.running > 0 {
                    state.closers.append(continuation)
                }
                return state.running == 0
            }
            if isIdle {
                continuation.resume()
            }
        }
    }
}
