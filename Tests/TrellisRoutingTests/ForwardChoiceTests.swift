import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct ForwardChoiceTests {
    private func forward(_ weights: [Int]) -> CompiledForward {
        CompiledForward(
            weights.enumerated().map { .init(targetGroup: Records.id($0.offset), slot: $0.offset, weight: $0.element) })
    }

    @Test(arguments: [
        ([100], [100]), ([1, 1], [1, 1]), ([3, 0, 1], [3, 0, 1]), ([0, 0, 2], [0, 0, 2]), ([999, 999], [999, 999]),
    ])
    func everyGroupGetsItsShareOfTheDraws(weights: [Int], expected: [Int]) {
        let forward = forward(weights)
        #expect(forward.totalWeight == weights.reduce(0, +))
        var shares = Array(repeating: 0, count: weights.count)
        for draw in 0..<forward.totalWeight {
            if let slot = forward.choice(at: draw)?.slot { shares[slot] += 1 }
        }
        #expect(shares == expected)
    }

    @Test func nothingIsChosenWithoutWeight() {
        #expect(forward([0, 0]).totalWeight == 0)
        #expect(forward([0, 0]).choice(at: 0) == nil)
        #expect(forward([]).choice(at: 0) == nil)
    }

    @Test(arguments: [-1, 4, Int.max])
    func aDrawOutOfRangeChoosesNothing(draw: Int) {
        #expect(forward([3, 0, 1]).choice(at: draw) == nil)
    }
}
