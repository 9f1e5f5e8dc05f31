import NIOPosix
import SystemPackage
import Testing

@testable import TrellisFunctionHost

@Suite("Function packages")
struct FunctionPackageTests {
    let directory: TemporaryDirectory
    let store: PackageStore

    init() async throws {
        directory = try TemporaryDirectory()
        store = PackageStore(
            dataDirectory: directory.path, threadPool: .singleton,
            limits: FunctionPackageLimits(zippedBytes: 1_000_000, unzippedBytes: 2_000_000, entries: 100))
        try await store.prepare()
    }

    func unpack(_ zip: [UInt8]) async throws -> FilePath {
        let package = try await store.store(zip)
        return try await store.unpacked(package.sha256)
    }

    @Test("what ZipWriter writes is stored by its content and unpacks with permissions")
    func roundTrip() async throws {
        let zip = try ZipWriter.zip([
            .init(path: "bootstrap", text: "#!/bin/sh\n", isExecutable: true),
            .init(path: "lib/deep/module.py", text: "x = 1\n"),
            .init(path: "empty", text: ""),
            .init(path: "ünïcode.txt", text: "ü"),
        ])
        let package = try await store.store(zip)
        #expect(package.size == zip.count)
        #expect(directory.file("packages/\(package.sha256).zip").exists)
        #expect(try await store.contents(of: package.sha256) == zip)
        let root = try await store.unpacked(package.sha256)
        #expect(root == directory.file("unpacked/\(package.sha256)"))
        #expect(root.appending("bootstrap").permissions == 0o755)
        #expect(root.appending("empty").permissions == 0o644)
        #expect(root.permissions == 0o755)
        #expect(try root.appending(FilePath("lib/deep/module.py").components).text() == "x = 1\n")
        #expect(try root.appending("ünïcode.txt").text() == "ü")
        #expect(try await store.store(zip) == package)
    }

    @Test("equal files make equal archives")
    func deterministic() throws {
        let files = [ZipWriter.File(path: "a", text: "1"), ZipWriter.File(path: "b", text: "2")]
        #expect(try ZipWriter.zip(files) == ZipWriter.zip(files))
    }

    @Test("execute bits are kept, too narrow permissions are widened, set-id bits are dropped")
    func permissions() async throws {
        let root = try await unpack(
            CraftedZip([
                .init("private", "x", mode: 0o100600), .init("tool", "x", mode: 0o100711),
                .init("setuid", "x", mode: 0o106755), .init("none", "x", mode: 0),
                .init("folder/", mode: 0o040700), .init("folder/file", "x"),
            ]).bytes)
        #expect(root.appending("private").permissions == 0o644)
        #expect(root.appending("tool").permissions == 0o755)
        #expect(root.appending("setuid").permissions == 0o755)
        #expect(root.appending("none").permissions.map { $0 & 0o644 } == 0o644)
        #expect(root.appending("folder").permissions == 0o755)
    }

    @Test("links inside of the package are kept, whatever their order")
    func innerLinks() async throws {
        let root = try await unpack(
            CraftedZip([
                .link("bin/tool", to: "../lib/tool.js"), .init("lib/tool.js", "code"), .link("here", to: "bin/../lib"),
                .link("dangling", to: "lib/not-there"),
            ]).bytes)
        #expect(try root.appending(FilePath("bin/tool").components).text() == "code")
        #expect(try root.appending(FilePath("here/tool.js").components).text() == "code")
    }

    static let unsafe: [(String, CraftedZip)] = [
        ("absolute name", CraftedZip([.init("/etc/passwd", "x")])),
        ("parent", CraftedZip([.init("../evil", "x")])),
        ("parent in the middle", CraftedZip([.init("a/../../evil", "x")])),
        ("parent at the end", CraftedZip([.init("a/..", "x")])),
        ("parent that stays inside", CraftedZip([.init("a/../b", "x")])),
        ("backslash", CraftedZip([.init("..\\evil", "x")])),
        ("NUL", CraftedZip([.init(bytes: Array("good\0/../../evil".utf8), "x")])),
        ("absolute link", CraftedZip([.link("l", to: "/etc/passwd")])),
        ("link to parent", CraftedZip([.link("l", to: "..")])),
        ("link that leaves in the middle", CraftedZip([.link("a/l", to: "../../x/../../a")])),
        ("empty link", CraftedZip([.link("l", to: "")])),
        (
            "file below an earlier link",
            CraftedZip([.link("l", to: "d"), .init("l/evil", "x"), .init("d/", mode: 0o040755)])
        ),
        ("file below a later link", CraftedZip([.init("l/evil", "x"), .link("l", to: "d")])),
        ("link in place of a file", CraftedZip([.init("f", "x"), .link("f", to: "g")])),
        ("file in place of a link", CraftedZip([.link("f", to: "g"), .init("f", "x")])),
        ("file below a file", CraftedZip([.init("f", "x"), .init("f/g", "x")])),
        (
            // Lexically "deep/x/s/../.." is inside; through the link it is above the root.
            "link through a link",
            CraftedZip([.init("deep/x/y/f", "x"), .link("deep/x/s", to: "../.."), .link("t", to: "deep/x/s/../../etc")])
        ),
        ("links in a circle", CraftedZip([.link("a", to: "b"), .link("b", to: "a")])),
        ("device", CraftedZip([.init("dev", "x", mode: 0o020666)])),
        ("socket", CraftedZip([.init("socket", "x", mode: 0o140666)])),
        ("long name", CraftedZip([.init(String(repeating: "n", count: 300), "x")])),
        ("file without a name", CraftedZip([.init(".", "x")])),
    ]

    @Test("what could reach outside is refused at upload, and nothing is left behind", arguments: unsafe)
    func unsafeEntries(name: String, zip: CraftedZip) async throws {
        let error = try await #require(throws: FunctionPackageError.self) { try await store.check(zip.bytes) }
        guard case .unsafeEntry = error else {
            Issue.record("\(name): \(error)")
            return
        }
        await #expect(throws: error) { try await store.store(zip.bytes) }
        #expect(throws: error) {
            try PackageExtractor.extract(zip.bytes, to: directory.file("unpacked/x"), limits: .lambda)
        }
        #expect(directory.names().filter { !$0.hasSuffix(".boot-id") } == ["packages", "unpacked"])
    }

    @Test(
        "what is not a zip is refused",
        arguments: [
            ("nothing", []),
            ("text", Array("hello, this is not a zip file at all".utf8)),
            ("gzip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("cut off", Array(CraftedZip([.init("a", "contents")]).bytes.dropLast(30))),
            ("only its end", Array(CraftedZip([.init("a", "contents")]).bytes.suffix(40))),
            (
                "directory of zeros",
                [UInt8](repeating: 0, count: 200) + CraftedZip([]).bytes.dropLast(12) + [
                    1, 0, 1, 0, 46, 0, 0, 0, 0, 0, 0, 0,
                ]
            ),
        ] as [(String, [UInt8])])
    func notAZip(name: String, bytes: [UInt8]) async throws {
        let error = try await #require(throws: FunctionPackageError.self) { try await store.check(bytes) }
        #expect(error.isCausedByArchive, "\(name)")
    }

    @Test("a tar archive is refused although libarchive could read one")
    func tar() async throws {
        var tar = [UInt8](repeating: 0, count: 1536)
        tar.replaceSubrange(0..<4, with: Array("file".utf8))
        tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
        await #expect(throws: FunctionPackageError.self) { try await store.check(tar) }
    }

    @Test("damaged contents and encryption are refused")
    func damaged() async throws {
        var wrongSum = CraftedZip.Entry("a", "contents")
        wrongSum.crc = 1
        var encrypted = CraftedZip.Entry("a", "contents")
        encrypted.flags = 1
        var unknownMethod = CraftedZip.Entry("a", "contents")
        unknownMethod.method = 77
        var brokenStream = CraftedZip.Entry("a", "contents")
        brokenStream.method = 8
        for entry in [wrongSum, encrypted, unknownMethod, brokenStream] {
            let error = try await #require(throws: FunctionPackageError.self) {
                try await store.check(CraftedZip([entry]).bytes)
            }
            guard case .notAZip = error else {
                Issue.record("\(error)")
                continue
            }
        }
    }

    @Test("an archive without entries is its own error")
    func empty() async throws {
        await #expect(throws: FunctionPackageError.empty) { try await store.check(CraftedZip([]).bytes) }
    }

    @Test("limits: zip size, unpacked size counted while reading, number of entries")
    func limits() async throws {
        await #expect(throws: FunctionPackageError.zippedTooLarge(limit: 1_000_000)) {
            try await store.check([UInt8](repeating: 0, count: 1_000_000))
        }
        let bomb = try ZipWriter.zip([.init(path: "zeros", contents: [UInt8](repeating: 0, count: 2_000_000))])
        #expect(bomb.count < 10_000)
        await #expect(throws: FunctionPackageError.unzippedTooLarge(limit: 2_000_000)) { try await store.check(bomb) }
        let almost = try ZipWriter.zip([.init(path: "zeros", contents: [UInt8](repeating: 0, count: 1_999_999))])
        try await store.check(almost)
        let manySmall = try ZipWriter.zip(
            (0..<30).map { .init(path: "f\($0)", contents: [UInt8](repeating: 7, count: 100_000)) })
        await #expect(throws: FunctionPackageError.unzippedTooLarge(limit: 2_000_000)) {
            try await store.check(manySmall)
        }
        let crowd = CraftedZip((0..<101).map { .init("f\($0)") })
        await #expect(throws: FunctionPackageError.tooManyEntries(limit: 100)) { try await store.check(crowd.bytes) }
    }

    @Test("a size that the archive claims is not believed")
    func lyingSizes() async throws {
        // Deflated zeros that claim to be ten bytes long.
        let bomb = try ZipWriter.zip([.init(path: "zeros", contents: [UInt8](repeating: 0, count: 3_000_000))])
        var lying = bomb
        let size = withUnsafeBytes(of: UInt32(3_000_000).littleEndian) { Array($0) }
        for index in 0..<(lying.count - 4) where Array(lying[index..<index + 4]) == size {
            lying.replaceSubrange(index..<index + 4, with: [10, 0, 0, 0])
        }
        #expect(lying != bomb)
        let error = try await #require(throws: FunctionPackageError.self) { try await store.check(lying) }
        #expect(error.isCausedByArchive)

        var tall = CraftedZip.Entry("a", "short")
        tall.claimedSize = 500_000_000
        await #expect(throws: FunctionPackageError.self) { try await store.check(CraftedZip([tall]).bytes) }
        var crowd = CraftedZip([.init("a", "x")])
        crowd.claimedEntries = 50
        await #expect(throws: FunctionPackageError.self) { try await store.check(crowd.bytes) }
    }

    @Test("a package that is not there, a name that is no hash, and a damaged file")
    func missing() async throws {
        let unknown = String(repeating: "0", count: 64)
        await #expect(throws: FunctionPackageError.missing(sha256: unknown)) { try await store.unpacked(unknown) }
        await #expect(throws: FunctionPackageError.missing(sha256: "../../etc")) {
            try await store.unpacked("../../etc")
        }
        let package = try await store.store(CraftedZip([.init("a", "x")]).bytes)
        try directory.file("packages/\(package.sha256).zip").write("changed")
        await #expect(throws: FunctionPackageError.damaged(sha256: package.sha256)) {
            try await store.unpacked(package.sha256)
        }
    }

    @Test("many who ask at once get one directory")
    func unpackedOnce() async throws {
        let package = try await store.store(CraftedZip([.init("a", "x")]).bytes)
        let paths = try await withThrowingTaskGroup(of: FilePath.self) { group in
            for _ in 0..<8 { group.addTask { try await store.unpacked(package.sha256) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(paths == [directory.file("unpacked/\(package.sha256)")])
    }

    @Test("a start removes unfinished work, and unpacked files of an earlier boot")
    func prepare() async throws {
        let package = try await store.store(CraftedZip([.init("a", "x")]).bytes)
        let root = try await store.unpacked(package.sha256)
        try directory.file("packages/.incomplete-abc").write("half")
        try await store.prepare()
        #expect(!directory.file("packages/.incomplete-abc").exists)
        #expect(root.exists)
        try directory.file("unpacked/.boot-id").write("another boot")
        try await store.prepare()
        #expect(!root.exists)
        #expect(try await store.unpacked(package.sha256) == root)
    }

    @Test("a Zip64 directory is read")
    func zip64() throws {
        let files = (0..<66_000).map { ZipWriter.File(path: "f\($0)", text: "") }
        let zip = try ZipWriter.zip(files)
        var count = 0
        try ZipReader.read(zip, limits: .lambda) { _, _ in count += 1 }
        #expect(count == files.count)
        #expect(throws: FunctionPackageError.tooManyEntries(limit: 65_999)) {
            try ZipReader.read(
                zip, limits: .init(zippedBytes: .max, unzippedBytes: .max, entries: 65_999)
            ) { _, _ in }
        }
    }

    @Test("every cut and many bit flips of an archive end in an error or a clean read, never in a trap")
    func fuzz() throws {
        let zip = try ZipWriter.zip([
            .init(path: "a.txt", text: String(repeating: "hello ", count: 50)), .init(path: "d/b", text: "x"),
        ])
        for length in 0..<zip.count {
            #expect(throws: FunctionPackageError.self) {
                try ZipReader.read(Array(zip[..<length]), limits: .lambda) { _, _ in }
            }
        }
        for index in zip.indices {
            for bit in 0..<8 {
                var flipped = zip
                flipped[index] ^= 1 << bit
                // Either outcome is fine; what matters is that there is one.
                _ = try? ZipReader.read(flipped, limits: .lambda) { _, _ in }
            }
        }
    }
}
