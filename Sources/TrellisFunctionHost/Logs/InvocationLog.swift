package import NIOCore
package import TrellisModel

/// What one execution environment writes to its function's log: the function's own output in whole lines, framed by
/// `START`, `END` and `REPORT`, or by the objects that stand for them in JSON.
///
/// A line longer than ``longestLine`` is written in pieces.
///
/// - Source: reference lambda.md §4.
package struct InvocationLog: Sendable {
    package struct Report: Sendable {
        package var duration: TimeAmount
        package var memorySizeMB: Int
        package var maximumMemoryUsedMB: Int
        /// Only on a cold start.
        package var initDuration: TimeAmount?
        /// `timeout` or `error`.
        package var status: String?

        package init(
            duration: TimeAmount, memorySizeMB: Int, maximumMemoryUsedMB: Int, initDuration: TimeAmount? = nil,
            status: String? = nil
        ) {
            self.duration = duration
            self.memorySizeMB = memorySizeMB
            self.maximumMemoryUsedMB = maximumMemoryUsedMB
            self.initDuration = initDuration
            self.status = status
        }
    }

    /// Bytes of an unfinished line that are kept back at most: what the log store takes as one event.
    package static let longestLine = 256 * 1024

    private let logging: FunctionLogging
    private let clock: any WallClock
    private let filter: ApplicationLogFilter?
    private var partialLine = ByteBuffer()
    private var tail = LogTail()

    package init(_ logging: FunctionLogging = FunctionLogging(), clock: any WallClock) {
        self.logging = logging
        self.clock = clock
        filter = logging.format == .json ? ApplicationLogFilter(minimum: logging.applicationLevel) : nil
    }

    /// Takes output of the function, any bytes.
    ///
    /// - Returns: What goes to the log now.
    package mutating func output(_ bytes: ByteBuffer) -> ByteBuffer {
        if filter == nil { tail.append(bytes) }
        guard let lastNewline = bytes.readableBytesView.lastIndex(of: UInt8(ascii: "\n")) else {
            partialLine.writeImmutableBuffer(bytes)
            guard partialLine.readableBytes > Self.longestLine else { return ByteBuffer() }
            return filtered(takePartialLine())
        }
        var lines = takePartialLine()
        var rest = bytes
        let size = lastNewline - bytes.readerIndex + 1
        if let finished = rest.readSlice(length: size) { lines.writeImmutableBuffer(finished) }
        partialLine.writeImmutableBuffer(rest)
        return filtered(lines)
    }

    /// `START RequestId: <id> Version: $LATEST`.
    ///
    /// The tail begins here: output before it belongs to no invocation.
    package mutating func begin(requestID: String, version: String) -> ByteBuffer {
        var lines = finishLine()
        _ = tail.take()
        lines.writeImmutableBuffer(write(.start(requestID: requestID, version: version)))
        return lines
    }

    /// A line of the host's own.
    package mutating func note(requestID: String, _ text: String) -> ByteBuffer {
        var lines = finishLine()
        lines.writeImmutableBuffer(write(.note(requestID: requestID, text)))
        return lines
    }

    /// `END …` and `REPORT …`.
    ///
    /// - Returns: What goes to the log, and the last 4 KB since ``begin(requestID:version:)``.
    package mutating func end(requestID: String, _ report: Report) -> (lines: ByteBuffer, tail: ByteBuffer) {
        var lines = finishLine()
        lines.writeImmutableBuffer(write(.end(requestID: requestID, report)))
        return (lines, tail.take())
    }

    /// `INIT_REPORT Init Duration: 10000.00 ms	Phase: init	Status: timeout	`, only for an initialisation that failed.
    ///
    /// - Parameter phase: `init`, or `invoke` for one on the time of an invocation.
    package mutating func initReport(duration: TimeAmount, phase: String, status: String) -> ByteBuffer {
        var lines = finishLine()
        lines.writeImmutableBuffer(write(.initReport(duration: duration, phase: phase, status: status)))
        return lines
    }

    /// What is left when the process is gone.
    package mutating func finishLine() -> ByteBuffer {
        guard partialLine.readableBytes > 0 else { return ByteBuffer() }
        let newline = ByteBuffer(string: "\n")
        if filter == nil { tail.append(newline) }
        partialLine.writeImmutableBuffer(newline)
        return filtered(takePartialLine())
    }

    private mutating func takePartialLine() -> ByteBuffer {
        defer { partialLine = ByteBuffer() }
        return partialLine
    }

    private mutating func filtered(_ lines: ByteBuffer) -> ByteBuffer {
        guard let filter else { return lines }
        let lines = filter.lines(lines)
        tail.append(lines)
        return lines
    }

    private mutating func write(_ event: PlatformEvent) -> ByteBuffer {
        let text =
            switch logging.format {
            case .text: event.text
            case .json: event.json(logging, at: clock.now())
            }
        let lines = ByteBuffer(string: text)
        tail.append(lines)
        return lines
    }
}
