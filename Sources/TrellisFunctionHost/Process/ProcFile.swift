import Glibc

/// Reads the kernel's files about processes.
enum ProcFile {
    /// No file about a process that is read here is larger, unless the process made it so.
    private static let maximumSize = 1 << 20

    /// The contents of a file; `nil` if there is none, or no right to read it.
    ///
    /// - Parameter limit: Bytes; a file of the kernel has no size to look at before.
    static func read(_ path: String, limit: Int = maximumSize) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while contents.count < limit {
            let size = Glibc.read(descriptor, &block, block.count)
            guard size > 0 else { break }
            contents += block.prefix(size)
        }
        return contents
    }

    /// The entries of a directory that are numbers: processes in `/proc`, threads in `/proc/1/task`.
    static func numbers(in path: String) -> [pid_t] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var numbers: [pid_t] = []
        while let entry = readdir(directory) {
            let number = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { pid_t(String(cString: $0)) }
            }
            if let number { numbers.append(number) }
        }
        return numbers
    }

    /// The numbers in a text that has blanks between them.
    static func numbers(inText text: [UInt8]) -> [pid_t] {
        text.split(separator: UInt8(ascii: " ")).compactMap { pid_t(String(decoding: $0, as: UTF8.self)) }
    }
}
