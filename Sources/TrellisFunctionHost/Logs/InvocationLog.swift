package import NIOCore

/// What one execution environment writes to its function's log: the function's own output in whole lines, framed by
/// `START`, `END` and `REPORT`.
///
/// Environments of one function share a file; whole lines keep their output apart. A line longer than
/// ``longestLine`` is written in pieces.
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

    /// Bytes of an unfinished line that are kept back at most.
    package static let longestLine = 64 * 1024

    private var partialLine = ByteBuffer()
    private var tail = LogTail()

    package init() {}

    /// Takes output of the function, any bytes.
    ///
    /// - Returns: What goes to the file now.
    package mutating func output(_ bytes: ByteBuffer) -> ByteBuffer {
        tail.append(bytes)
        guard let lastNewline = bytes.readableBytesView.lastIndex(of: UInt8(ascii: "\n")) else {
            partialLine.writeImmutableBuffer(bytes)
            guard partialLine.readableBytes > Self.longestLine else { return ByteBuffer() }
            return takePartialLine()
        }
        var lines = takePartialLine()
        var rest = bytes
        let size = lastNewline - bytes.readerIndex + 1
        if let finished = rest.readSlice(length: size) { lines.writeImmutableBuffer(finished) }
        partialLine.writeImmutableBuffer(rest)
        return lines
    }

    /// `START RequestId: <id> Version: $LATEST`.
    ///
    /// The tail begins here: output before it belongs to no invocation.
    package mutating func begin(requestID: String, version: String) -> ByteBuffer {
        var lines = finishLine()
        _ = tail.take()
        var start = ByteBuffer()
        start.writeString("START RequestId: ")
        start.writeString(requestID)
        start.writeString(" Version: ")
        start.writeString(version)
        start.writeString("\n")
        tail.append(start)
        lines.writeImmutableBuffer(start)
        return lines
    }

    /// A line of the host's own.
    package mutating func note(_ text: String) -> ByteBuffer {
        var lines = finishLine()
        let line = ByteBuffer(string: text + "\n")
        tail.append(line)
        lines.writeImmutableBuffer(line)
        return lines
    }

    /// `END …` and `REPORT …`.
    ///
    /// - Returns: What goes to the file, and the last 4 KB since ``begin(requestID:version:)``.
    package mutating func end(requestID: String, _ report: Report) -> (lines: ByteBuffer, tail: ByteBuffer) {
        var lines = finishLine()
        var end = ByteBuffer()
        end.writeString("END RequestId: ")
        end.writeString(requestID)
        end.writeString("\nREPORT RequestId: ")
        end.writeString(requestID)
        end.writeString("\tDuration: ")
        end.writeString(Self.milliseconds(report.duration))
        end.writeString(" ms\tBilled Duration: ")
        end.writeString(String(Self.billedMilliseconds(report.duration)))
        end.writeString(" ms\tMemory Size: ")
        end.writeString(String(report.memorySizeMB))
        end.writeString(" MB\tMax Memory Used: ")
        end.writeString(String(report.maximumMemoryUsedMB))
        end.writeString(" MB\t")
        if let initDuration = report.initDuration {
            end.writeString("Init Duration: ")
            end.writeString(Self.milliseconds(initDuration))
            end.writeString(" ms\t")
        }
        if let status = report.status {
            end.writeString("Status: ")
            end.writeString(status)
            end.writeString("\t")
        }
        end.writeString("\n")
        tail.append(end)
        lines.writeImmutableBuffer(end)
        return (lines, tail.take())
    }

    /// `INIT_REPORT Init Duration: 10000.00 ms	Phase: init	Status: timeout	`, only for an initialisation that failed.
    ///
    /// - Parameter phase: `init`, or `invoke` for one on the time of an invocation.
    package mutating func initReport(duration: TimeAmount, phase: String, status: String) -> ByteBuffer {
        note(
            "INIT_REPORT Init Duration: \(Self.milliseconds(duration)) ms\tPhase: \(phase)\tStatus: \(status)\t")
    }

    /// What is left when the process is gone.
    package mutating func finishLine() -> ByteBuffer {
        guard partialLine.readableBytes > 0 else { return ByteBuffer() }
        let newline = ByteBuffer(string: "\n")
        tail.append(newline)
        partialLine.writeImmutableBuffer(newline)
        return takePartialLine()
    }

    private mutating func takePartialLine() -> ByteBuffer {
        defer { partialLine = ByteBuffer() }
        return partialLine
    }

    /// Milliseconds with two digits after the point.
    static func milliseconds(_ amount: TimeAmount) -> String {
        let hundredths = max(0, amount.nanoseconds) / 10_000
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// Rounded up, at least one.
    private static func billedMilliseconds(_ amount: TimeAmount) -> Int64 {
        max(1, (max(0, amount.nanoseconds) + 999_999) / 1_000_000)
    }
}
