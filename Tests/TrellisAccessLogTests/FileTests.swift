import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOPosix
import Synchronization
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisAccessLog

@Suite struct FileTests {
    private func withDirectory(_ body: (FilePath) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(FilePath(directory.path))
    }

    private func batch(_ numbers: ClosedRange<Int>, size: Int = 0) -> AccessLogBatch {
        // 2026-01-02T03:04:00Z
        AccessLogBatch(
            [chunk(numbers, size: size)], at: Timestamp(millisecondsSinceEpoch: 1_767_323_040_000), hash: "0badcafe")
    }

    private func text(_ path: FilePath) throws -> String { try String(contentsOfFile: path.string, encoding: .utf8) }

    private func names(_ path: FilePath) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path.string).sorted()
    }

    @Test func aLargeFileIsRenamed() async throws {
        try await withDirectory { directory in
            let path = directory.appending("logs").appending("access.log")
            let writer = RotatingFileWriter(path: path, maximumBytes: 100, keptFiles: 2, threadPool: .singleton)
            for number in 1...5 {
                var lines = batch(number...number, size: 100)
                try await writer.write(&lines)
                #expect(lines.lines.isEmpty)
            }
            #expect(try names(directory.appending("logs")) == ["access.log", "access.log.1", "access.log.2"])
            #expect(try text(path).hasPrefix("{\"n\":5"))
            #expect(try text(FilePath(path.string + ".1")).hasPrefix("{\"n\":4"))
            #expect(try text(FilePath(path.string + ".2")).hasPrefix("{\"n\":3"))
        }
    }

    @Test func aFileGoesOnAfterARestart() async throws {
        try await withDirectory { directory in
            let path = directory.appending("access.log")
            // The program was killed in the middle of a line.
            try "{\"n\":1}\n{\"n\"".write(toFile: path.string, atomically: false, encoding: .utf8)
            var lines = batch(2...2)
            try await RotatingFileWriter(path: path, maximumBytes: 1000, keptFiles: 1, threadPool: .singleton)
                .write(&lines)
            #expect(try text(path) == "{\"n\":1}\n{\"n\"\n{\"n\":2}\n")
        }
    }

    @Test func aFileThatSomebodyMovedIsMadeAnew() async throws {
        try await withDirectory { directory in
            let path = directory.appending("access.log")
            let writer = RotatingFileWriter(path: path, maximumBytes: 1000, keptFiles: 1, threadPool: .singleton)
            var lines = batch(1...1)
            try await writer.write(&lines)
            try FileManager.default.moveItem(atPath: path.string, toPath: directory.appending("moved").string)
            lines = batch(2...2)
            try await writer.write(&lines)
            #expect(try text(path) == "{\"n\":2}\n")
        }
    }

    @Test func aFileThatCannotBeWrittenKeepsItsLines() async throws {
        let writer = RotatingFileWriter(
            path: "/proc/nowhere/access.log", maximumBytes: 1000, keptFiles: 1, threadPool: .singleton)
        var lines = batch(1...2)
        await #expect(throws: AccessLogWriteError.self) { try await writer.write(&lines) }
        #expect(lines.lines.count == 2)
    }

    @Test(arguments: [
        ("arn:aws:s3:::bucket/some/where", "s3/bucket/some/where/AWSLogs"),
        ("arn:aws:s3:::bucket", "s3/bucket/AWSLogs"),
        ("arn:aws:s3:::bucket/../../../etc", "s3/bucket/%2E%2E/%2E%2E/%2E%2E/etc/AWSLogs"),
        ("arn:aws:s3:::...", "s3/.../AWSLogs"),
        ("arn:aws:firehose:eu-west-1:123456789012:deliverystream/a", "firehose/eu-west-1/123456789012/a/AWSLogs"),
        (
            "arn:aws:firehose:eu-west-1:123456789012:deliverystream/..",
            "firehose/eu-west-1/123456789012/%2E%2E/AWSLogs"
        ),
    ])
    func withoutEndpointADestinationIsAFolder(arn: String, folder: String) async throws {
        try await withDirectory { directory in
            let writers = AccessLogWriters(
                configuration: AccessLogConfiguration(directory: directory), client: .shared, clock: SteppedClock(),
                logGroups: { NoWriter(reason: $0.name) }, credentials: { _ in { throw CancellationError() } })
            let writer = writers.writer(of: .subscription(Logs.compiled(to: arn)))
            var lines = batch(1...2)
            try await writer.write(&lines)
            #expect(lines.lines.isEmpty)
            let file =
                "/\(folder)/123456789012/VpcLattice/AccessLogs/eu-west-1/2026/01/02/svc-0123456789abcdef0/"
                + "123456789012_VpcLatticeAccessLogs_eu-west-1_svc-0123456789abcdef0_20260102T0304Z_0badcafe.json.gz"
            let data = try Data(contentsOf: URL(filePath: directory.string + file))
            #expect(data.prefix(2) == Data([0x1F, 0x8B]))
        }
    }

    @Test func withoutEndpointALogGroupIsTheCallers() async throws {
        let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/a/b:*"
        let asked = Mutex<[AccessLogGroup]>([])
        try await withDirectory { directory in
            let writers = AccessLogWriters(
                configuration: AccessLogConfiguration(directory: directory), client: .shared, clock: SteppedClock(),
                logGroups: { group in
                    asked.withLock { $0.append(group) }
                    return NoWriter(reason: "asked")
                }, credentials: { _ in { throw CancellationError() } })
            var lines = batch(1...2)
            let writer = writers.writer(of: .subscription(Logs.compiled(to: arn)))
            await #expect(throws: AccessLogWriteError.refused("asked")) { try await writer.write(&lines) }
        }
        let group = try #require(asked.withLock { $0 }.first)
        #expect(group.arn == arn)
        #expect(group.name == "/a/b")
        #expect(group.stream == "VpcLattice-AccessLogs-svc-0123456789abcdef0")
    }

    @Test(arguments: [0, 1, 100, 70_000, 3_000_000])
    func gzip(size: Int) throws {
        let bytes = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 7) })
        let compressed = try Gzip.compress(bytes)
        // The trailer: the length of what was compressed.
        let length = try #require(
            compressed.getInteger(
                at: compressed.readerIndex + compressed.readableBytes - 4, endianness: .little, as: UInt32.self))
        #expect(Int(length) == size)
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:9000", "http", "127.0.0.1:9000"), ("https://s3.example/", "https", "s3.example"),
            ("HTTP://x", "http", "x"), ("ftp://x", nil, nil), ("http://", nil, nil), ("127.0.0.1:9000", nil, nil),
            ("http://x/path", nil, nil), ("http://user@x", nil, nil), ("http://a b", nil, nil), ("", nil, nil),
        ] as [(String, String?, String?)])
    func endpoints(url: String, scheme: String?, host: String?) {
        let endpoint = AWSEndpoint(url: url)
        #expect(endpoint?.scheme == scheme)
        #expect(endpoint?.host == host)
    }
}
