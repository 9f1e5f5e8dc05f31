package import NIOCore
package import TrellisModel

/// Lines of one log that are delivered together.
package struct AccessLogBatch: Sendable {
    package struct Line: Sendable {
        /// With the line break.
        package let bytes: ByteBuffer
        package let time: Timestamp
    }

    /// What is still to be delivered.
    package private(set) var lines: [Line]
    /// Bytes of ``lines``.
    package private(set) var byteCount: Int
    /// When it was put together; the same at every attempt.
    package let time: Timestamp
    /// Eight characters that tell objects of the same minute apart; the same at every attempt.
    package let hash: String

    package init(_ chunks: [AccessLogChunk], at time: Timestamp, hash: String) {
        var lines: [Line] = []
        lines.reserveCapacity(chunks.reduce(0) { $0 + $1.lines.count })
        for chunk in chunks {
            var bytes = chunk.bytes
            for line in chunk.lines {
                guard let slice = bytes.readSlice(length: line.length) else { break }
                lines.append(Line(bytes: slice, time: line.time))
            }
        }
        self.lines = lines
        byteCount = lines.reduce(0) { $0 + $1.bytes.readableBytes }
        self.time = time
        self.hash = hash
    }

    /// All lines, one behind the other.
    package var bytes: ByteBuffer {
        var all = ByteBufferAllocator().buffer(capacity: byteCount)
        for line in lines { all.writeImmutableBuffer(line.bytes) }
        return all
    }

    /// Puts lines in the order of their times.
    package mutating func sort() {
        // Lines of several event loops come one loop after the other.
        lines = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// Leaves only those of the first `count` lines that are at the given places, and all behind them.
    package mutating func finish(first count: Int, but undelivered: [Int] = []) {
        let rest = undelivered.filter { $0 < count && lines.indices.contains($0) }.map { lines[$0] }
        lines = rest + lines.dropFirst(count)
        byteCount = lines.reduce(0) { $0 + $1.bytes.readableBytes }
    }
}
