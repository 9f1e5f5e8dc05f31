import Foundation

/// Standard output and standard error, unbuffered.
enum StandardStream {
    case output
    case error

    /// A reader that went away (a closed pipe) loses the text, not the program.
    func write(_ text: String) {
        let handle = self == .output ? FileHandle.standardOutput : FileHandle.standardError
        try? handle.write(contentsOf: Data(text.utf8))
    }
}
