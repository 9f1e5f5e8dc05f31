import NIOCore
import Testing

@testable import TrellisDataPlane

@Suite struct RequestRateTests {
    private let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    @Test(arguments: [1, 10, 10_000]) func aSecondsRequestsAtOnceThenTheRate(perSecond: Int) {
        let rate = RequestRate(perSecond: perSecond)
        var taken = 0
        while rate.take(start) { taken += 1 }
        #expect(taken == perSecond)
        let share = TimeAmount.nanoseconds(1_000_000_000 / Int64(perSecond))
        #expect(!rate.take(start + share - .nanoseconds(1)))
        #expect(rate.take(start + share))
        #expect(!rate.take(start + share))
        // Time without requests is worth a second at most.
        taken = 0
        while rate.take(start + .hours(1)) { taken += 1 }
        #expect(taken == perSecond)
    }

    @Test func theRateHoldsOverThreads() async {
        let rate = RequestRate(perSecond: 1000)
        let now = start
        let taken = await withTaskGroup(of: Int.self) { tasks in
            for _ in 1...8 {
                tasks.addTask { (1...1000).count { _ in rate.take(now) } }
            }
            return await tasks.reduce(0, +)
        }
        #expect(taken == 1000)
    }

    @Test func aBudgetOfBytes() {
        let budget = ByteBudget(limit: 10)
        #expect(budget.take(10))
        #expect(!budget.take(1))
        #expect(budget.take(0))
        budget.giveBack(4)
        #expect(!budget.take(5))
        #expect(budget.take(4))
        #expect(budget.used == 10)
    }
}
