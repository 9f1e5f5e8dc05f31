import Testing

@testable import TrellisLatticeAPI

@Suite struct WriteGateTests {
    @Test func oneAtATimeAndInOrder() async throws {
        let gate = WriteGate()
        let log = Log()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    await gate.run {
                        await log.enter()
                        await Task.yield()
                        await log.leave()
                    }
                }
            }
        }
        #expect(await log.entered == 200)
        #expect(await log.most == 1)
    }

    @Test func errorOpensTheGate() async throws {
        let gate = WriteGate()
        await #expect(throws: CancellationError.self) { try await gate.run { throw CancellationError() } }
        #expect(await gate.run { 7 } == 7)
    }

    private actor Log {
        private var inside = 0
        var most = 0
        var entered = 0

        func enter() {
            inside += 1
            entered += 1
            most = max(most, inside)
        }

        func leave() { inside -= 1 }
    }
}
