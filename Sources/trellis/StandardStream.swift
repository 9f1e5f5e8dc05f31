import Foundation
import NIOCore
import SystemPackage

/// Standard output and standard error, unbuffered.
enum StandardStream {
    case output
    case error

    /// A reader that went away (a closed pipe) loses the text, not the program.
    func write(_ text: String) {
        let handle = self == .output ? FileHandle.standardOutput : FileHandle.standardError
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// Writes bytes as they are.
    ///
    /// - Throws: ``CommandFailure`` if they cannot be written; a reader that went away has seen enough.
    func write(_ bytes: ByteBuffer) throws {
        let file: SystemPackage.FileDescriptor = self == .output ? .standardOutput : .standardError
        do {
            _ = try bytes.withUnsafeReadableBytes { try file.writeAll($0) }
        } catch Errno.brokenPipe {
            return
        } catch {
            throw CommandFailure(.unavailable, "the output cannot be written: \(error)")
        }
    }
}
