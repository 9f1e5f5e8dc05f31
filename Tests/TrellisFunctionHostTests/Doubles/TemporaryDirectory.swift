import FoundationEssentials
import Glibc
import SystemPackage
import Testing

/// A directory for one test, removed with the test's last reference to it.
final class TemporaryDirectory: Sendable {
    let path: FilePath

    init() throws {
        var template = Array("/tmp/trellis-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = FilePath(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    func file(_ name: String) -> FilePath { path.appending(FilePath(name).components) }

    private static func names(below path: FilePath) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        return names.flatMap { name in [name] + Self.names(below: path.appending(name)).map { "\(name)/\($0)" } }
    }

    /// All names below the directory, sorted.
    func names() -> [String] {
        Self.names(below: path).sorted()
    }
}

extension FilePath {
    func text() throws -> String { try String(contentsOf: URL(filePath: string), encoding: .utf8) }

    func write(_ text: String, permissions: UInt32 = 0o644) throws {
        try Data(text.utf8).write(to: URL(filePath: string))
        chmod(string, permissions)
    }

    var permissions: UInt32? {
        var status = Glibc.stat()
        return lstat(string, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    var exists: Bool {
        var status = Glibc.stat()
        return lstat(string, &status) == 0
    }
}
