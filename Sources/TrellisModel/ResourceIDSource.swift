import Synchronization

/// Where the ids of new resources come from: 44 bits of milliseconds since 1970, then 20 random bits.
///
/// Every number is greater than the one before, so that the keys of resources are in the order of their creation and a
/// list can begin at any place of it. Only a clock that was set back while the process was down can lead to a number
/// that was used before; whoever writes a new record makes it a condition that there is none.
package final class ResourceIDSource: Sendable {
    private static let randomBits: UInt64 = 20

    private let clock: any WallClock
    private let random: any RandomSource
    private let last = Mutex<UInt64>(0)

    package init(clock: any WallClock, random: any RandomSource) {
        self.clock = clock
        self.random = random
    }

    func next() -> UInt64 {
        let milliseconds = UInt64(clamping: clock.now().millisecondsSinceEpoch)
        let number = milliseconds << Self.randomBits | random.next() >> (64 - Self.randomBits)
        return last.withLock { last in
            last = max(number, last &+ 1)
            return last
        }
    }
}
