import Synchronization
import TrellisModel
import TrellisPrincipals

struct FixedClock: WallClock {
    static let time = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    var time = Self.time

    func now() -> Timestamp { time }
}

final class CountingRandom: RandomSource {
    private let count: Mutex<UInt64>

    init(_ start: UInt64 = 0) {
        count = Mutex(start)
    }

    func next() -> UInt64 {
        count.withLock { count in
            count += 1
            return count &* 0x9E37_79B9_7F4A_7C15
        }
    }
}

extension Timestamp {
    func adding(hours: Int64) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch + hours * 3_600_000)
    }
}

/// The policies that a directory could not read.
final class Told: Sendable {
    private let names = Mutex<[String]>([])

    var owners: [String] { names.withLock { $0 } }

    func note(_ policy: UnreadablePolicy) { names.withLock { $0.append(policy.owner) } }
}
