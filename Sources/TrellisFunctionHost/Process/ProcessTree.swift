import Glibc

/// The processes that descend from one.
///
/// A view of a moment: processes come and go while it is made.
enum ProcessTree {
    /// A function may have 1,024 processes; more are not followed.
    private static let maximumSize = 4_096
    /// Whether the kernel lists the children of a thread (`CONFIG_PROC_CHILDREN`).
    private static let hasChildrenFile = access("/proc/thread-self/children", R_OK) == 0

    /// All processes below `root`, parents before their children.
    static func descendants(of root: pid_t) -> [pid_t] {
        let parents = hasChildrenFile ? nil : allChildren()
        var found = children(of: root, parents)
        var next = 0
        while next < found.count, found.count < maximumSize {
            found += children(of: found[next], parents)
            next += 1
        }
        return found
    }

    private static func children(of process: pid_t, _ known: [pid_t: [pid_t]]?) -> [pid_t] {
        if let known { return known[process] ?? [] }
        let threads = "/proc/\(process)/task"
        return ProcFile.numbers(in: threads).flatMap { thread in
            ProcFile.read("\(threads)/\(thread)/children").map(ProcFile.numbers(inText:)) ?? []
        }
    }

    /// Children by parent, of all processes of the machine.
    private static func allChildren() -> [pid_t: [pid_t]] {
        var children: [pid_t: [pid_t]] = [:]
        for process in ProcFile.numbers(in: "/proc") {
            guard let parent = ProcFile.read("/proc/\(process)/stat").flatMap(parent(inStat:)) else { continue }
            children[parent, default: []].append(process)
        }
        return children
    }

    /// The second field after the name, which is in parentheses and may contain some: `7 (a) b) S 1 …`.
    static func parent(inStat stat: [UInt8]) -> pid_t? {
        guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 2)
        return fields.count > 1 ? pid_t(String(decoding: fields[1], as: UTF8.self)) : nil
    }
}
