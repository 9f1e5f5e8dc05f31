import Foundation
import TrellisModel

/// The machine's clock.
struct SystemWallClock: WallClock {
    func now() -> Timestamp {
        Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000))
    }
}

/// The machine's random numbers, fit for secrets.
struct SystemRandomSource: RandomSource {
    func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
