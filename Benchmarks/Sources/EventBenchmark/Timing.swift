import Foundation
import NIOCore
import TrellisLambdaEvent

/// A ratio measured in several rounds.
struct Ratios {
    var median: Double
    var least: Double
    var greatest: Double

    init(_ rounds: [Double]) {
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

private let rounds = 21

func measureThroughput(_ work: Work) throws -> Throughput {
    let bytes = work.bytes
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    defer {
        source.deallocate()
        target.deallocate()
    }
    source.initializeMemory(as: UInt8.self, repeating: 0x61)
    target.initializeMemory(as: UInt8.self, repeating: 0)
    var speeds: [Double] = []
    var ratios: [Double] = []
    for _ in 0..<rounds {
        let copying = nanoseconds { target.copyMemory(from: UnsafeRawBufferPointer(source)) }
        let working = try nanoseconds { try work.run(1) }
        speeds.append(Double(bytes) / working)
        ratios.append(copying / working)
    }
    return Throughput(gigabytesPerSecond: Ratios(speeds).median, toMemcpy: Ratios(ratios))
}

/// The same document as Foundation sees it.
private struct FoundationResponse: Decodable {
    var statusCode: Int
    var isBase64Encoded: Bool
    var headers: [String: String]
    var body: String
}

/// How many times longer Foundation's decoder takes for a response of 1 KB, in turns with ours.
func compareWithFoundation() throws -> Ratios {
    let operations = 500
    let document = SampleResponse.json1K
    let data = Data(document.readableBytesView)
    let ours = try Work(
        BenchmarkCase(name: "", operations: operations) {
            let decoder = LambdaResponseDecoder()
            return PreparedOperation(bytes: data.count) { try decoder.decode(document).body.readableBytes }
        })
    let theirs = try Work(
        BenchmarkCase(name: "", operations: operations) {
            let decoder = JSONDecoder()
            return PreparedOperation(bytes: data.count) {
                try decoder.decode(FoundationResponse.self, from: data).body.utf8.count
            }
        })
    return Ratios(
        try (0..<rounds).map { _ in
            let own = try nanoseconds { try ours.run(operations) }
            return try nanoseconds { try theirs.run(operations) } / own
        })
}

/// The processor time that this thread takes, so that other programs on the machine disturb little.
private func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = processorTime()
    try body()
    return processorTime() - start
}

private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}
