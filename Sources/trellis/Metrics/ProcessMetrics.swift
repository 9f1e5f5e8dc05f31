import Foundation
import Glibc

/// What the system knows of this process, under the names that Prometheus clients use.
struct ProcessMetrics: Hashable {
    var processorSeconds: Double
    var residentBytes: Double
    var virtualBytes: Double
    /// Seconds since 1970.
    var startTime: Double
    var openFiles: Int

    /// - Returns: `nil` where there is no `/proc`.
    static func read() -> ProcessMetrics? {
        guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let system = try? String(contentsOfFile: "/proc/stat", encoding: .utf8)
        else { return nil }
        // The directory that lists them is one of them.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        return ProcessMetrics(
            stat: stat, systemStat: system, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
            pageSize: Double(sysconf(Int32(_SC_PAGESIZE))), openFiles: max(0, files - 1))
    }

    /// - Parameters:
    ///   - stat: The text of `/proc/self/stat`.
    ///   - systemStat: The text of `/proc/stat`.
    /// - Source: proc(5).
    init?(stat: String, systemStat: String, ticksPerSecond: Double, pageSize: Double, openFiles: Int) {
        // The name of the program, in parentheses, may hold anything.
        guard let end = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) }
        // The first one here is the third of the manual page.
        func field(_ number: Int) -> Double? { fields.indices.contains(number - 3) ? fields[number - 3] : nil }
        let boot = systemStat.split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
        guard let user = field(14), let kernel = field(15), let start = field(22), let virtual = field(23),
            let pages = field(24), let boot, let bootTime = Double(boot)
        else { return nil }
        processorSeconds = (user + kernel) / ticksPerSecond
        residentBytes = pages * pageSize
        virtualBytes = virtual
        startTime = bootTime + start / ticksPerSecond
        self.openFiles = openFiles
    }

    func add(to text: inout PrometheusText) {
        text.add(
            "process_cpu_seconds_total", .counter, "User and system time of the process.", processorSeconds)
        text.add("process_resident_memory_bytes", .gauge, "Resident memory of the process.", residentBytes)
        text.add("process_virtual_memory_bytes", .gauge, "Virtual memory of the process.", virtualBytes)
        text.add("process_start_time_seconds", .gauge, "When the process began, since 1970.", startTime)
        text.add("process_open_fds", .gauge, "Open file descriptors of the process.", Double(openFiles))
    }
}
