import Logging
import NIOCore
import NIOPosix
import SystemPackage
import Testing
import TrellisLogs
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
        var log = InvocationLog(clock: ManualClock())
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
        var log = InvocationLog(clock: ManualClock())
        _ = log.output(ByteBuffer(string: "background"))
        #expect(text(log.begin(requestID: "r", version: "3")) == "background\nSTART RequestId: r Version: 3\n")
        #expect(!text(log.end(requestID: "r", report()).tail).contains("background"))
    }

    @Test("a timeout says so")
    func status() {
        var log = InvocationLog(clock: ManualClock())
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
        var log = InvocationLog(clock: ManualClock())
        let lines = text(log.end(requestID: "r", report(nanoseconds)).lines)
        #expect(lines.contains("\tDuration: \(milliseconds) ms\tBilled Duration: \(billed) ms\t"))
    }

    @Test("a line without end is written in pieces, whatever its bytes")
    func endlessLine() {
        var log = InvocationLog(clock: ManualClock())
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
        directory: FilePath, _ body: (LoopLogs, LogStore, any EventLoop) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let store = LogStore(
            configuration: LogStoreConfiguration(directory: directory), clock: ManualClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let loop = group.next()
        try await body(LoopLogs(eventLoop: loop, store: store), store, loop)
        try await group.shutdownGracefully()
    }

    func stream() throws -> LogStreamID {
        LogStreamID(
            scope: RunningHost.scope, group: try #require(LogGroupName("/aws/lambda/f")),
            stream: try #require(LogStreamName("s")))
    }

    @Test("lines reach their stream in order, with the time at which they were read")
    func order() async throws {
        let directory = try TemporaryDirectory()
        let stream = try stream()
        try await withLogs(directory: directory.path) { logs, store, loop in
            try await store.open()
            try await loop.flatSubmit {
                for time in [1, 1, 2, 3] {
                    logs.append(
                        ByteBuffer(string: "at \(time)\nand\n"), at: Timestamp(millisecondsSinceEpoch: Int64(time)),
                        to: stream, openedAt: Timestamp(millisecondsSinceEpoch: 0))
                }
                return logs.drained()
            }.get()
            let events = try await store.events(
                LogQuery(scope: stream.scope, group: stream.group, streams: .all, limit: 100)
            ).events
            #expect(events.map(\.position.timestamp) == [1, 1, 1, 1, 2, 2, 3, 3])
            #expect(events.map { String(decoding: $0.message, as: UTF8.self) }.prefix(3) == ["at 1", "and", "at 1"])
        }
    }

    @Test("a log that cannot be written is given up, and does not hold up anything")
    func unwritable() async throws {
        let directory = try TemporaryDirectory()
        try directory.file("logs").write("a file where the directory should be")
        let stream = try stream()
        try await withLogs(directory: directory.file("logs")) { logs, store, loop in
            let isCongested = try await loop.flatSubmit {
                for _ in 0..<100 {
                    logs.append(
                        ByteBuffer(repeating: 1, count: 100_000), at: Timestamp(millisecondsSinceEpoch: 1), to: stream,
                        openedAt: Timestamp(millisecondsSinceEpoch: 0))
                }
                let wasCongested = logs.isCongested
                return logs.drained().map { [wasCongested, logs.isCongested] }
            }.get()
            #expect(isCongested == [true, false])
            #expect(store.droppedEvents > 0)
        }
    }

    @Test(
        "platform events in JSON by system level",
        arguments: [
            (FunctionLogging.SystemLevel.debug, ["start", "runtimeDone", "report"]), (.info, ["start", "report"]),
            (.warn, []),
        ])
    func systemLevels(level: FunctionLogging.SystemLevel, types: [String]) {
        var log = InvocationLog(FunctionLogging(format: .json, systemLevel: level), clock: ManualClock())
        let lines = text(log.begin(requestID: "r", version: "1")) + text(log.end(requestID: "r", report()).lines)
        let found = lines.split(separator: "\n").compactMap { line in
            line.split(separator: "platform.").last?.prefix { $0 != "\"" }
        }
        #expect(found == types.map { $0[...] })
    }

    @Test("a platform report in JSON, and a failure that is a warning")
    func jsonReport() {
        var log = InvocationLog(FunctionLogging(format: .json, systemLevel: .warn), clock: ManualClock())
        let report = report(initDuration: .nanoseconds(90_100_000), status: "timeout")
        let lines = text(log.end(requestID: "r", report).lines)
        #expect(
            lines.hasSuffix(
                #"""
                {"time":"2023-11-14T22:13:20.000Z","type":"platform.report","record":{"requestId":"r","metrics":{\#
                "durationMs":1.23,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":40,"initDurationMs":90.10},\#
                "status":"timeout"}}

                """#))
        #expect(
            text(log.note(requestID: "r", "a \"b\"\u{1}"))
                == #"{"timestamp":"2023-11-14T22:13:20.000Z","level":"ERROR","requestId":"r","message":"a \"b\"\u0001"}"#
                + "\n")
    }

    @Test(
        "lines below the application level are dropped",
        arguments: [
            (#"{"level":"debug","m":1}"#, FunctionLogging.ApplicationLevel.info, false),
            (#"{"level":"debug","m":1}"#, .debug, true), (#"{"level":"WARNING"}"#, .warn, true),
            (#"{"level":"WARNING"}"#, .error, false), (#"{"level":"CRITICAL"}"#, .fatal, true),
            (#"{"m":{"level":"debug"}}"#, .info, true), (#"{"m":["level","debug"]}"#, .info, true),
            (#"{"m":"level","n":"debug"}"#, .info, true), (#"{"a":1}"#, .warn, false), (#"{"level":7}"#, .warn, false),
            (#"{"level":"shout"}"#, .info, true), (#"{"a":"\"","level":"trace"}"#, .debug, false),
            ("plain words", .fatal, true), (#"{"level":"#, .warn, false), (#"  {"level":"debug"}"#, .info, false),
            (#"{"a":{"b":[1,{"c":2}]},"level":"debug"}"#, .info, false),
        ])
    func applicationLevels(line: String, level: FunctionLogging.ApplicationLevel, isKept: Bool) {
        var log = InvocationLog(FunctionLogging(format: .json, applicationLevel: level), clock: ManualClock())
        _ = log.begin(requestID: "r", version: "1")
        #expect(text(log.output(ByteBuffer(string: line + "\n"))) == (isKept ? line + "\n" : ""))
        let tail = text(log.end(requestID: "r", report()).tail)
        #expect(tail.contains(line) == isKept)
    }

    @Test("in text nothing is dropped")
    func textIsComplete() {
        var log = InvocationLog(FunctionLogging(applicationLevel: .fatal), clock: ManualClock())
        #expect(text(log.output(ByteBuffer(string: "{\"level\":\"debug\"}\n"))) == "{\"level\":\"debug\"}\n")
    }
}
