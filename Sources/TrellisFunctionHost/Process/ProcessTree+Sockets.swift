import Glibc

extension ProcessTree {
    /// Processes of a session, also those whose parents are gone.
    static func members(ofSession session: pid_t) -> [pid_t] {
        ProcFile.numbers(in: "/proc").filter { getsid($0) == session }
    }

    /// Whether one of the process's descriptors is the socket.
    ///
    /// - Parameter budget: How many more descriptors may be looked at; less those that were.
    static func hasSocket(_ inode: UInt32, process: pid_t, budget: inout Int) -> Bool {
        let wanted = "socket:[\(inode)]".utf8.map { CChar(bitPattern: $0) }
        guard let directory = opendir("/proc/\(process)/fd") else { return false }
        defer { closedir(directory) }
        var target = [CChar](repeating: 0, count: 64)
        while budget > 0, let entry = readdir(directory) {
            budget -= 1
            let size = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) { name in
                    readlinkat(dirfd(directory), name, &target, target.count)
                }
            }
            if size == wanted.count, target[..<size].elementsEqual(wanted) { return true }
        }
        return false
    }
}
