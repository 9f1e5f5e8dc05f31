import SystemPackage

/// Reads files and standard input up to a bound, standard input once.
struct BoundedInput: ~Copyable {
    private var hasReadStandardInput = false

    /// - Parameters:
    ///   - limit: The most that is taken, in bytes.
    ///   - what: Names the input in messages.
    mutating func read(_ source: InputSource, limit: Int, what: String) throws -> [UInt8] {
        switch source {
        case .standardInput:
            guard !hasReadStandardInput else {
                throw EventUsageError("Standard input is asked for twice; it can be read once.")
            }
            hasReadStandardInput = true
            return try read(.standardInput, "standard input", limit: limit, what: what)
        case .file(let path):
            let file: FileDescriptor
            do {
                file = try FileDescriptor.open(FilePath(path), .readOnly)
            } catch {
                throw CommandFailure(.unavailable, "\(path) cannot be read: \(error)")
            }
            return try file.closeAfter { try read(file, path, limit: limit, what: what) }
        }
    }

    private func read(_ file: FileDescriptor, _ name: String, limit: Int, what: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count: Int
            do {
                count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
            } catch {
                throw CommandFailure(.unavailable, "\(name) cannot be read: \(error)")
            }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else {
                throw CommandFailure(.badInput, "\(name) holds more than \(limit) bytes, which is too much for \(what)")
            }
            bytes += chunk[..<count]
        }
    }
}
