import Glibc
import Synchronization
import TrellisModel

/// Shows one time until it is told another.
final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    init(_ milliseconds: Int64 = 1_700_000_000_000) {
        time = Mutex(Timestamp(millisecondsSinceEpoch: milliseconds))
    }

    func now() -> Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}

/// The real time of day, for functions that compare it with their deadline.
struct SystemClock: WallClock {
    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// SplitMix64 from a seed.
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }
}

/// Always the same bits.
struct ConstantRandom: RandomSource {
    var bits: UInt64

    func next() -> UInt64 { bits }

    /// A source whose unit interval value is `share`.
    static func share(_ share: Double) -> ConstantRandom { ConstantRandom(bits: UInt64(share * 0x1p53) << 11) }
}
