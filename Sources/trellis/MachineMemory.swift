import Foundation

/// How much memory this machine, or the container the server runs in, has.
enum MachineMemory {
    /// What functions may have together where nothing is configured: three quarters, at least 128 MB.
    ///
    /// The rest is for the server, the page cache and everybody else.
    static var functionBudgetMB: Int { max(128, megabytes / 4 * 3) }

    private static var megabytes: Int {
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
            .compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
            .compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        // Without a limit version 1 of the files says a number beyond every machine, and version 2 says "max".
        return limits.reduce(physical) { min($0, $1) } >> 20
    }
}
