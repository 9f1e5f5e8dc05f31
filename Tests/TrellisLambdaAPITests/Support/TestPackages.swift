import Crypto
import Foundation
import NIOPosix
import SystemPackage
import TrellisAPI
import TrellisFunctionHost

/// A package store in a directory that goes when the last user of it goes, with limits that tests can reach.
final class TestPackages: Sendable {
    static let limits = FunctionPackageLimits(zippedBytes: 8192, unzippedBytes: 100_000, entries: 4)

    let store: PackageStore
    private let directory: URL

    /// - Parameter isBroken: `true` for a store whose directory cannot be made.
    init(isBroken: Bool = false) {
        directory = FileManager.default.temporaryDirectory.appending(path: "trellis-lambda-\(UUID().uuidString)")
        if isBroken { _ = FileManager.default.createFile(atPath: directory.path, contents: nil) }
        store = PackageStore(
            dataDirectory: FilePath(directory.path), threadPool: .singleton, limits: Self.limits)
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    /// The names of the zips that are kept.
    var kept: Set<String> {
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory.appending(path: "packages").path)
        return Set((names ?? []).filter { $0.hasSuffix(".zip") })
    }

    static func zip(_ files: [ZipWriter.File]) -> [UInt8] { (try? ZipWriter.zip(files)) ?? [] }

    static func zip(_ content: String) -> [UInt8] { zip([.init(path: "app.py", text: content)]) }

    static func hexadecimalDigest(of zip: [UInt8]) -> String {
        SHA256.hash(data: zip).map { String(format: "%02x", $0) }.joined()
    }

    static func base64Digest(of zip: [UInt8]) -> String { Data(SHA256.hash(data: zip)).base64EncodedString() }

    static let unsafeEntry = zip([.init(path: "../outside", text: "x")])
    static let tooManyEntries = zip((0...limits.entries).map { .init(path: "f\($0)", text: "x") })
    static let tooLargeUnzipped = zip([.init(path: "zeros", contents: [UInt8](repeating: 0, count: 100_001))])
    static let tooLargeZipped: [UInt8] = {
        // Bytes that deflate finds nothing in.
        var word: UInt64 = 1
        let noise = (0..<20_000).map { _ -> UInt8 in
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: word >> 56)
        }
        return zip([.init(path: "noise", contents: noise)])
    }()
}
