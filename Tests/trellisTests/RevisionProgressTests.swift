import Testing
import TrellisStore

@testable import trellis

@Suite struct RevisionProgressTests {
    @Test func waitersGoOnWhenTheirRevisionIsReached() async {
        let progress = RevisionProgress()
        await progress.wait(for: .zero)
        await withTaskGroup(of: Void.self) { group in
            for revision in 1...5 {
                group.addTask { await progress.wait(for: Revision(Int64(revision))) }
            }
            group.addTask {
                progress.reached(Revision(3))
                progress.reached(Revision(2))
                progress.reached(Revision(5))
            }
        }
        await progress.wait(for: Revision(5))
    }

    @Test func nobodyWaitsForAFollowerThatHasEnded() async {
        let progress = RevisionProgress()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await progress.wait(for: Revision(9)) }
            group.addTask { progress.finish() }
        }
        await progress.wait(for: Revision(10))
    }
}
