import Synchronization
import TrellisStore

/// How far a follower of the store has come; others may wait for it.
final class RevisionProgress: Sendable {
    private struct State {
        var reached = Revision.zero
        var isFinished = false
        var waiters: [(revision: Revision, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func reached(_ revision: Revision) {
        let due = state.withLock { state in
            state.reached = max(state.reached, revision)
            let due = state.waiters.filter { $0.revision <= state.reached }
            state.waiters.removeAll { $0.revision <= state.reached }
            return due
        }
        for waiter in due { waiter.continuation.resume() }
    }

    /// The follower ends; nobody needs to wait for it any more.
    func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    /// Returns once the follower has come to the revision or has ended.
    func wait(for revision: Revision) async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.reached >= revision || state.isFinished { return true }
                state.waiters.append((revision, continuation))
                return false
            }
            if isDue { continuation.resume() }
        }
    }
}
