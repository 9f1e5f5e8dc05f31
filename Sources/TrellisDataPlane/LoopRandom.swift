import TrellisModel

/// A fast generator (xoshiro256++) for one event loop, seeded from the injected source.
///
/// For request ids and weighted choices, which need to be unique and even, not secret.
struct LoopRandom: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seededBy source: some RandomSource) {
        state = (source.next(), source.next(), source.next(), source.next())
        // All zeros would stay so for ever.
        if state == (0, 0, 0, 0) { state.0 = 0x9E37_79B9_7F4A_7C15 }
    }

    mutating func next() -> UInt64 {
        let result = rotateLeft(state.0 &+ state.3, 23) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotateLeft(state.3, 45)
        return result
    }

    /// A random (version 4) UUID in lower case.
    mutating func uuid() -> String {
        uuidText(next(), next())
    }

    private func rotateLeft(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}
