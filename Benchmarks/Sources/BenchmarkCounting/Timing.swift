import Foundation

/// A ratio measured in several rounds.
package struct Ratios {
    package var median: Double
    var least: Double
    var greatest: Double

    package init(_ rounds: [Double]) {
        let sorted = rounds.sorted()
        median = sorted[sorted.count / 2]
        least = sorted[0]
        greatest = sorted[sorted.count - 1]
    }
}

/// How fast an operation is on a large input.
struct Throughput {
    /// Bytes per nanosecond in the median round.
    var gigabytesPerSecond: Double
    /// The operation's speed by that of memcpy on as many bytes just before.
    var toMemcpy: Ratios
}

/// The same in one round.
struct ThroughputRound {
    var gigabytesPerSecond: Double
    var toMemcpy: Double

    var json: String { "{\"gigabytesPerSecond\":\(gigabytesPerSecond),\"toMemcpy\":\(toMemcpy)}" }
}

/// Of everything that is timed.
package let timedRounds = 21

func measureThroughput(_ work: Work) throws -> Throughput {
    let rounds = try throughputRounds(work)
    return Throughput(
        gigabytesPerSecond: Ratios(rounds.map(\.gigabytesPerSecond)).median, toMemcpy: Ratios(rounds.map(\.toMemcpy)))
}

func throughputRounds(_ work: Work) throws -> [ThroughputRound] {
    let bytes = work.bytes
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    defer {
        source.deallocate()
        target.deallocate()
    }
    source.initializeMemory(as: UInt8.self, repeating: 0x61)
    target.initializeMemory(as: UInt8.self, repeating: 0)
    return try (0..<timedRounds).map { _ in
        let copying = nanoseconds { target.copyMemory(from: UnsafeRawBufferPointer(source)) }
        let working = try nanoseconds { try work.run(1) }
        return ThroughputRound(gigabytesPerSecond: Double(bytes) / working, toMemcpy: copying / working)
    }
}

/// The processor time that this thread takes, so that other programs on the machine disturb little.
package func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = processorTime()
    try body()
    return processorTime() - start
}

private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}
