import Foundation
import TrellisFunctionHost
import TrellisSignature

/// A folder with a function's code: which of its files belong into the package.
///
/// Files that version control, editors and Python's cache leave behind do not, nor does a data directory of Trellis that
/// lies inside. Links to files are followed, links to folders are left out.
struct CodeFolder: Sendable {
    /// Of all files together; Lambda's limit for an unpacked package.
    static let sizeLimit = 262_144_000
    private static let fileLimit = 20_000

    /// Absolute, without links.
    let path: String
    /// Absolute, without links.
    private let leftOut: Set<String>

    /// - Parameter dataDirectory: Left out if it lies in the folder.
    /// - Throws: ``CommandFailure`` if there is no such folder.
    init(_ path: String, dataDirectory: String) throws {
        self.path = Self.resolved(path)
        leftOut = [Self.resolved(dataDirectory)]
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: self.path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw CommandFailure(.badInput, "\(path) is not a folder: --code takes the folder that holds the code")
        }
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    /// Whether a file or folder of this name is left out, wherever it is.
    static func isIgnored(_ name: String) -> Bool {
        ignoredNames.contains(name) || name.hasSuffix("~") || name.hasPrefix(".#")
            || name.hasPrefix("#") && name.hasSuffix("#")
            || name.hasPrefix(".") && [".swp", ".swo", ".swx"].contains { name.hasSuffix($0) }
            || name.hasPrefix("___jb_") && name.hasSuffix("___")
    }

    /// `4913` is what vim tries whether it may write.
    private static let ignoredNames: Set<String> = [
        ".git", ".hg", ".svn", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".idea", ".vscode",
        ".DS_Store", "4913",
    ]

    /// The folder and all folders in it, as absolute paths.
    func folders() throws -> [String] {
        var folders = [path]
        try walk { kind, absolute, _ in
            if kind == .folder { folders.append(absolute) }
        }
        return folders
    }

    /// The files, sorted by path, so that equal folders make equal packages.
    ///
    /// - Throws: ``CommandFailure`` if there are none, too many, or one cannot be read.
    func files() throws -> [ZipWriter.File] {
        var files: [ZipWriter.File] = []
        var size = 0
        try walk { kind, absolute, relative in
            guard case .file(let isExecutable) = kind else { return }
            guard let contents = FileManager.default.contents(atPath: absolute) else {
                // Editors replace a file by renaming: it is there again in a moment, and that is a change too.
                guard FileManager.default.fileExists(atPath: absolute) else { return }
                throw CommandFailure(.badInput, "\(relative) cannot be read: give yourself permission to read it")
            }
            size += contents.count
            guard size <= Self.sizeLimit, files.count < Self.fileLimit else {
                throw CommandFailure(
                    .badInput,
                    "the folder holds more than \(Self.sizeLimit) bytes or \(Self.fileLimit) files, more than a function "
                        + "may have: point --code at the folder with the function alone")
            }
            files.append(
                ZipWriter.File(path: relative, contents: Array(contents), isExecutable: isExecutable))
        }
        guard !files.isEmpty else {
            throw CommandFailure(.badInput, "\(path) holds no file: save the function's code there")
        }
        return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private enum Kind: Equatable {
        case folder
        case file(isExecutable: Bool)
    }

    private func walk(_ body: (Kind, _ absolute: String, _ relative: String) throws -> Void) throws {
        var open = [""]
        while let folder = open.popLast() {
            // A folder that was removed meanwhile holds nothing.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: join(path, folder))) ?? []
            for name in names where !Self.isIgnored(name) {
                let relative = join(folder, name)
                let absolute = join(path, relative)
                guard !leftOut.contains(absolute), let kind = Self.kind(of: absolute) else { continue }
                try body(kind, absolute, relative)
                if kind == .folder { open.append(relative) }
            }
        }
    }

    private func join(_ folder: String, _ name: String) -> String {
        if folder.isEmpty { return name }
        return name.isEmpty ? folder : "\(folder)/\(name)"
    }

    /// - Returns: `nil` for what is neither a file nor a folder, and for links that lead nowhere or to a folder.
    private static func kind(of path: String) -> Kind? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFDIR { return .folder }
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return .file(isExecutable: status.st_mode & S_IXUSR != 0)
    }
}
