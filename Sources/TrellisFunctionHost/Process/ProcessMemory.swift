import Glibc

/// How much memory the processes of an execution environment have.
struct ProcessMemory: Hashable, Sendable {
    /// Resident now, all processes together.
    ///
    /// Memory that several of them share counts once if it is of files, else once for each.
    var kilobytes: Int
    /// The most that one of them had by itself at any time.
    var highestKilobytes: Int

    /// Reads the memory of all processes below one.
    static func below(_ root: pid_t) -> ProcessMemory {
        var own = 0
        var files = 0
        var highest = 0
        for process in ProcessTree.descendants(of: root) {
            guard let status = ProcFile.read("/proc/\(process)/status"), let memory = Status(status) else { continue }
            own += memory.anonymous + memory.shared
            files = max(files, memory.files)
            highest = max(highest, memory.highWater)
        }
        return ProcessMemory(kilobytes: own + files, highestKilobytes: highest)
    }

    /// Like ``kilobytes``, with every shared page counted in parts that make one together; takes far longer.
    static func proportionalKilobytes(below root: pid_t) -> Int {
        ProcessTree.descendants(of: root).reduce(0) { sum, process in
            let text = ProcFile.read("/proc/\(process)/smaps_rollup") ?? []
            return sum + (Status.kilobytes("Pss:", in: text) ?? 0)
        }
    }

    /// What `/proc/<process>/status` says of memory, in kilobytes.
    struct Status: Hashable {
        var anonymous: Int
        var files: Int
        var shared: Int
        var highWater: Int

        /// - Returns: `nil` for a process that has ended.
        init?(_ text: [UInt8]) {
            guard let anonymous = Self.kilobytes("RssAnon:", in: text),
                let files = Self.kilobytes("RssFile:", in: text),
                let shared = Self.kilobytes("RssShmem:", in: text), let highWater = Self.kilobytes("VmHWM:", in: text)
            else { return nil }
            self.anonymous = anonymous
            self.files = files
            self.shared = shared
            self.highWater = highWater
        }

        /// The number in `VmHWM:     9216 kB`; `nil` also for one that no machine has.
        static func kilobytes(_ label: String, in text: [UInt8]) -> Int? {
            let label = Array(label.utf8)
            for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: label) {
                let digits = line.dropFirst(label.count).filter { (0x30...0x39).contains($0) }
                return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 <= 1 << 48 ? $0 : nil }
            }
            return nil
        }
    }
}
