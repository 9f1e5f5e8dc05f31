import Foundation
import NIOCore
import Testing

/// `Tests/Conformance/events`, whose README explains the files.
enum ConformanceFolder {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Conformance/events", directoryHint: .isDirectory)

    /// The paths of all files, relative to the folder; empty if there is no folder.
    static let files: [String] = {
        let paths = FileManager.default.enumerator(atPath: root.path())?.compactMap { $0 as? String } ?? []
        return paths.filter { path in
            var isDirectory: ObjCBool = false
            let place = root.appending(path: path).path()
            return FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory) && !isDirectory.boolValue
        }.sorted()
    }()

    /// Every folder that directly holds a file, for example `requests/query/plus`.
    static func cases(in half: String) -> [String] {
        let folders = files.filter { $0.hasPrefix(half + "/") }.map { ($0 as NSString).deletingLastPathComponent }
        return Set(folders).sorted()
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue(ByteBuffer(bytes: Data(contentsOf: root.appending(path: path))))
    }
}

/// The files of one case, each of which somebody must read.
final class CaseFiles {
    let name: String
    private var unread: Set<String>

    init(_ name: String) {
        self.name = name
        unread = Set(
            ConformanceFolder.files.filter { ($0 as NSString).deletingLastPathComponent == name }
                .map { ($0 as NSString).lastPathComponent })
    }

    /// - Returns: `nil` if the case has no such file.
    func bytes(_ file: String) throws -> [UInt8]? {
        guard unread.remove(file) != nil else { return nil }
        return try Array(Data(contentsOf: ConformanceFolder.root.appending(path: name).appending(path: file)))
    }

    func text(_ file: String) throws -> String? {
        try bytes(file).map { try #require(String(validating: $0, as: UTF8.self), "\(name)/\(file) is UTF-8") }
    }

    func json(_ file: String) throws -> JSONValue? {
        try bytes(file).map { try JSONValue(ByteBuffer(bytes: $0)) }
    }

    func expectAllRead() {
        #expect(unread.isEmpty, "\(name) has files that are not read")
    }
}

/// The members of an object, each of which somebody must read.
final class Members {
    private let place: String
    private var rest: [String: JSONValue]

    init(_ value: JSONValue, of place: String) throws {
        guard case .object(let members) = value else { throw MalformedCase(place: place, what: "is not an object") }
        self.place = place
        rest = members
    }

    /// Absent members and `null` are `nil`.
    func take(_ name: String) -> JSONValue? {
        guard let value = rest.removeValue(forKey: name), value != .null else { return nil }
        return value
    }

    func text(_ name: String) throws -> String? {
        try take(name).map { try #require($0.text, "\(place): \(name) is a string") }
    }

    func flag(_ name: String) throws -> Bool? {
        try take(name).map { value in
            guard case .bool(let flag) = value else { throw MalformedCase(place: place, what: "\(name) is a flag") }
            return flag
        }
    }

    func integer(_ name: String) throws -> Int? {
        try take(name).map { value in
            guard case .number(let number) = value, let integer = Int(exactly: number) else {
                throw MalformedCase(place: place, what: "\(name) is an integer")
            }
            return integer
        }
    }

    func texts(_ name: String) throws -> [String]? {
        try take(name).map { value in
            guard case .array(let elements) = value else {
                throw MalformedCase(place: place, what: "\(name) is a list")
            }
            return try elements.map { try #require($0.text, "\(place): \(name) holds strings") }
        }
    }

    func require<Value>(_ value: Value?, _ name: String) throws -> Value {
        try #require(value, "\(place) has no \(name)")
    }

    func expectAllRead() {
        #expect(rest.isEmpty, "\(place) has members that are not read")
    }
}

struct MalformedCase: Error {
    let place: String
    let what: String
}
