package import NIOCore
package import TrellisModel
package import TrellisRouting

/// Lines of one access log, collected on an event loop.
package struct AccessLogChunk: Sendable {
    /// Where a line ends, and when its request began.
    package struct Line: Sendable {
        /// With the line break.
        package let length: Int
        package let time: Timestamp
    }

    /// JSON objects, each with a line break behind it.
    package private(set) var bytes: ByteBuffer
    package private(set) var lines: [Line] = []

    /// - Parameter capacity: Bytes that are expected.
    package init(capacity: Int = 0) {
        bytes = ByteBufferAllocator().buffer(capacity: capacity)
    }

    package var isEmpty: Bool { lines.isEmpty }

    /// - Parameter line: Without a line break.
    package mutating func append(_ line: ByteBuffer, at time: Timestamp) {
        bytes.writeImmutableBuffer(line)
        bytes.writeInteger(UInt8(ascii: "\n"))
        lines.append(Line(length: line.readableBytes + 1, time: time))
    }
}

/// The log that lines belong to.
package enum AccessLogSource: Sendable {
    /// The log of whoever runs Trellis: every request.
    case server
    case subscription(CompiledAccessLog)
}

/// Takes access log lines off the event loops.
package protocol AccessLogReceiver: Sendable {
    /// Whether ``AccessLogSource/server`` is written anywhere.
    var hasServerLog: Bool { get }

    /// Called on event loops: must not wait.
    func receive(_ chunk: AccessLogChunk, from source: AccessLogSource)
}
