/// How many of all requests are looked at more closely: the first few of each second.
package struct SamplingBudget: Sendable {
    private let perSecond: Int
    private var secondBegan: UInt64 = 0
    private var left: Int

    package init(perSecond: Int) {
        self.perSecond = max(0, perSecond)
        left = max(0, perSecond)
    }

    /// - Parameter now: In nanoseconds, by a clock that does not go back.
    /// - Returns: Whether this one is looked at.
    package mutating func take(now: UInt64) -> Bool {
        if now &- secondBegan >= 1_000_000_000 {
            secondBegan = now
            left = perSecond
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
