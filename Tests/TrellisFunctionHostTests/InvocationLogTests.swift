import Logging
import NIOCore
import NIOPosix
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisFunctionHost

@Suite("Logs of functions")
struct InvocationLogTests {
    func text(_ buffer: ByteBuffer) -> String { String(buffer: buffer) }

    func report(
        _ nanoseconds: Int64 = 1_230_000, initDuration: TimeAmount? = nil, status: String? = nil
    ) -> InvocationLog.Report {
        InvocationLog.Report(
            duration: .nanoseconds(nanoseconds), memorySizeMB: 128, maximumMemoryUsedMB: 40, initDuration: initDuration,
            status: status)
    }

    @Test("the lines of an invocation, and its tail")
    func lines() {
        var log = InvocationLog()
        #expect(text(log.output(ByteBuffer(string: "at start\n"))) == "at start\n")
        #expect(text(log.begin(requestID: "r", version: "$LATEST")) == "START RequestId: r Version: $LATEST\n")
        #expect(text(log.output(ByteBuffer(string: "one\ntwo\nthr"))) == "one\ntwo\n")
        #expect(text(log.output(ByteBuffer(string: "ee"))) == "")
        let (lines, tail) = log.end(requestID: "r", report(initDuration: .nanoseconds(90_100_000)))
        let end = """
            END RequestId: r
            REPORT RequestId: r\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t\
            Init Duration: 90.10 ms\t

            """
        #expect(text(lines) == "three\n" + end)
        #expect(text(tail) == "START RequestId: r Version: $LATEST\none\ntwo\nthree\n" + end)
    }

    @Test("output before an invocation is not in its tail, and ends its line")
    func outputBefore() {
        var log = InvocationLog()
        _ = log.output(ByteBuffer(string: "background"))
        #expect(text(log.begin(requestID: "r", version: "3")) == "background\nSTART RequestId: r Version: 3\n")
        #expect(!text(log.end(requestID: "r", report()).tail).contains("background"))
    }

    @Test("a timeout says so")
    func status() {
        var log = InvocationLog()
        #expect(text(log.end(requestID: "r", report(status: "timeout")).lines).hasSuffix("40 MB\tStatus: timeout\t\n"))
        #expect(
            text(log.initReport(duration: .milliseconds(10_000), phase: "init", status: "timeout"))
                == "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\t\n")
    }

    @Test(
        "durations",
        arguments: [
            (0, "0.00", 1), (9_999, "0.00", 1), (10_000, "0.01", 1), (1_000_000, "1.00", 1), (1_000_001, "1.00", 2),
            (999_994_999, "999.99", 1000), (3_000_050_000, "3000.05", 3001), (-5, "0.00", 1),
        ] as [(Int64, String, Int)])
    func durations(nanoseconds: Int64, milliseconds: String, billed: Int) {
        var log = InvocationLog()
        let lines = text(log.end(requestID: "r", report(nanoseconds)).lines)
        #expect(lines.contains("\tDuration: \(milliseconds) ms\tBilled Duration: \(billed) ms\t"))
    }

    @Test("a line without end is written in pieces, whatever its bytes")
    func endlessLine() {
        var log = InvocationLog()
        var written = 0
        for _ in 0..<100 {
            written += log.output(ByteBuffer(repeating: 0xFF, count: 10_000)).readableBytes
        }
        written += log.finishLine().readableBytes
        #expect(written == 1_000_001, "all bytes and one line end")
        #expect(log.finishLine().readableBytes == 0)
    }

    @Test("the tail holds the last 4 KB", arguments: [1, 100, 4_095, 4_096, 4_097, 10_000, 100_000])
    func tail(size: Int) {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var tail = LogTail()
        var rest = bytes[...]
        while !rest.isEmpty {
            tail.append(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(Array(tail.take().readableBytesView) == bytes.suffix(4_096))
        #expect(tail.take().readableBytes == 0)
    }

    func withLogs(
        fileLimit: Int = 1 << 20, directory: FilePath,
        _ body: (LoopLogs, FunctionLogWriter, any EventLoop) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let writer = FunctionLogWriter(
            directory: directory, homeScope: RunningHost.scope, fileLimit: fileLimit,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let loop = group.next()
        try await body(LoopLogs(eventLoop: loop, writer: writer), writer, loop)
        try await group.shutdownGracefully()
    }

    @Test("a full file is put aside, one earlier file is kept")
    func rotation() async throws {
        let directory = try TemporaryDirectory()
        let function = FunctionARN(scope: RunningHost.scope, name: try #require(FunctionName("f")))
        try await withLogs(fileLimit: 10, directory: directory.path) { logs, writer, loop in
            let path = writer.path(of: function)
            for line in ["first file\n", "second file\n", "third file\n", "x\n", "y\n"] {
                try await loop.flatSubmit {
                    logs.append(ByteBuffer(string: line), to: function)
                    return logs.drained()
                }.get()
            }
            #expect(try path.text() == "x\ny\n")
            #expect(try FilePath(path.string + ".1").text() == "third file\n")
            #expect(directory.names() == ["f.log", "f.log.1"])
            #expect(path.permissions == 0o600)
        }
    }

    @Test("a log that cannot be written is given up, and does not hold up anything")
    func unwritable() async throws {
        let directory = try TemporaryDirectory()
        try directory.file("logs").write("a file where the directory should be")
        let function = FunctionARN(scope: RunningHost.scope, name: try #require(FunctionName("f")))
        try await withLogs(directory: directory.file("logs")) { logs, _, loop in
            let isCongested = try await loop.flatSubmit {
                for _ in 0..<100 { logs.append(ByteBuffer(repeating: 1, count: 100_000), to: function) }
                let wasCongested = logs.isCongested
                return logs.drained().map { [wasCongested, logs.isCongested] }
            }.get()
            #expect(isCongested == [true, false])
        }
    }
}
