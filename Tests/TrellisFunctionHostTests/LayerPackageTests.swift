import NIOPosix
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisFunctionHost

@Suite("Packages of layers")
struct LayerPackageTests {
    let directory: TemporaryDirectory
    let store: PackageStore

    init() async throws {
        directory = try TemporaryDirectory()
        store = PackageStore(
            dataDirectory: directory.path, threadPool: .singleton,
            limits: FunctionPackageLimits(zippedBytes: 1_000_000, unzippedBytes: 2_000_000, entries: 100))
        try await store.prepare()
    }

    private func merged(_ zips: [CraftedZip]) async throws -> FilePath {
        var names: [String] = []
        for zip in zips { names.append(try await store.store(zip.bytes).sha256) }
        return try #require(try await store.unpacked(layers: names))
    }

    private func text(_ root: FilePath, _ name: String) throws -> String {
        try root.appending(FilePath(name).components).text()
    }

    @Test("without layers there is no directory; one layer's is that of its package")
    func noneAndOne() async throws {
        #expect(try await store.unpacked(layers: []) == nil)
        let package = try await store.store(CraftedZip([.init("bin/tool", "1")]).bytes)
        #expect(try await store.unpacked(layers: [package.sha256]) == store.unpacked(package.sha256))
        #expect(package.unzippedSize == 1)
    }

    @Test("directories become one, and of two files with one name that of the later layer is taken")
    func laterWins() async throws {
        let first = CraftedZip([.init("python/a.py", "1"), .init("python/b.py", "1"), .init("x", "file")])
        let second = CraftedZip([.init("python/b.py", "2"), .init("python/c.py", "2"), .init("x/y", "below")])
        let root = try await merged([first, second])
        #expect(try text(root, "python/a.py") == "1")
        #expect(try text(root, "python/b.py") == "2")
        #expect(try text(root, "python/c.py") == "2")
        #expect(try text(root, "x/y") == "below")
        let turned = try await merged([second, first])
        #expect(turned != root)
        #expect(try text(turned, "python/b.py") == "1")
        #expect(try text(turned, "x") == "file")
        // The same order again is the same directory.
        #expect(try await merged([first, second]) == root)
    }

    @Test("a link of one layer is never a way for another layer's files")
    func links() async throws {
        let link = CraftedZip([.init("dir/real", "r"), .init("lib", "dir", mode: 0o120777)])
        let below = CraftedZip([.init("lib/file", "f")])
        let root = try await merged([link, below])
        #expect(try text(root, "lib/file") == "f")
        #expect(!root.appending(FilePath("dir/file").components).exists)
        // The other way round the link wins, with all that it hides.
        let turned = try await merged([below, link])
        #expect(try text(turned, "lib/real") == "r")
        #expect(!turned.appending(FilePath("dir/file").components).exists)
        // A link below what a later layer makes a file is gone.
        let deep = CraftedZip([.init("a/l", "b", mode: 0o120777), .init("a/b", "b")])
        let file = CraftedZip([.init("a", "file")])
        #expect(try text(try await merged([deep, file]), "a") == "file")
    }

    // MARK: Collection

    private func configuration(_ code: String, layers: [String] = []) throws -> FunctionConfiguration {
        var configuration = FunctionRecord.sample("f", sha256: code).latest
        configuration.layers = try layers.enumerated().map { index, sha256 in
            let name = try #require(LayerName("layer\(index)"))
            return FunctionLayer(
                arn: LayerVersionARN(layer: LayerARN(scope: RunningHost.scope, name: name), version: 1),
                codeSHA256: sha256, codeSize: 1, unzippedSize: 1)
        }
        return configuration
    }

    private func packages(_ count: Int) async throws -> [String] {
        var names: [String] = []
        for number in 0..<count {
            names.append(try await store.store(try ZipWriter.zip([.init(path: "n", text: "\(number)")])).sha256)
        }
        return names
    }

    @Test("what is referred to stays, everything else goes")
    func collection() async throws {
        let names = try await packages(4)
        for name in names { _ = try await store.unpacked(name) }
        let used = try configuration(names[0], layers: [names[1], names[2]])
        let tree = try #require(try await store.unpacked(layers: [names[1], names[2]]))
        let unusedTree = try #require(try await store.unpacked(layers: [names[2], names[1]]))
        let removed = try await store.collect {
            var references = PackageReferences()
            references.add(used)
            return references
        }
        let expected = ["\(names[3]).zip"] + names[1...].map { $0 } + [unusedTree.lastComponent?.string ?? ""]
        #expect(Set(removed) == Set(expected))
        #expect(tree.exists)
        #expect(!unusedTree.exists)
        #expect(directory.file("packages/\(names[0]).zip").exists)
        #expect(!directory.file("packages/\(names[3]).zip").exists)
        #expect(!directory.names().contains { $0.contains(DirectoryTree.temporaryPrefix) })
        // What is still referred to is unpacked again on demand.
        #expect(try await store.unpacked(names[1]).exists)
        await #expect(throws: FunctionPackageError.missing(sha256: names[3])) { try await store.unpacked(names[3]) }
    }

    @Test("what is held stays, also if it was held only while the references were read")
    func holding() async throws {
        let names = try await packages(3)
        let configuration = try configuration(names[0])
        let removed = try await store.holding(PackageStore.names(of: configuration)) {
            try await store.collect {
                try await store.holding([names[1]]) {}
                return PackageReferences()
            }
        }
        #expect(removed == ["\(names[2]).zip"])
        #expect(Set(try await store.collect { PackageReferences() }) == Set(names[..<2].map { "\($0).zip" }))
    }

    @Test("a package that is stored again while a collection runs is there afterwards")
    func storedMeanwhile() async throws {
        let zip = try ZipWriter.zip([.init(path: "n", text: "again")])
        let package = try await store.store(zip)
        let removed = try await store.collect {
            _ = try await store.store(zip)
            return PackageReferences()
        }
        #expect(removed == [])
        #expect(try await store.contents(of: package.sha256) == zip)
        // A second collection at the same time does nothing.
        _ = try await store.collect {
            let second = try await store.collect { PackageReferences() }
            #expect(second == [])
            return PackageReferences()
        }
        #expect(!directory.file("packages/\(package.sha256).zip").exists)
    }

    @Test("references that cannot be read remove nothing")
    func unreadableReferences() async throws {
        let names = try await packages(1)
        await #expect(throws: FunctionPackageError.empty) {
            try await store.collect { throw FunctionPackageError.empty }
        }
        #expect(directory.file("packages/\(names[0]).zip").exists)
        #expect(try await store.collect { PackageReferences() } == ["\(names[0]).zip"])
    }

    @Test("what a crash left half removed goes at the next start")
    func crash() async throws {
        let name = DirectoryTree.temporaryPrefix + "gone-x"
        try directory.file("packages/\(name).zip").write("half")
        try await store.prepare()
        #expect(!directory.file("packages/\(name).zip").exists)
    }
}
