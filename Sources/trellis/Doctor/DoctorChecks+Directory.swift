import Foundation

/// The data directory and the limits of the process.
extension DoctorChecks {
    private static let topic = "data directory"
    private static let wantedSpace = 1 << 30
    /// For each environment a listener, a connection and two pipes, and as many for clients.
    private static let wantedDescriptors = 4_096

    func directoryFindings() -> [DoctorFinding] {
        let path = configuration.dataDirectory
        var status = stat()
        guard stat(path, &status) == 0 else { return [missingDirectory(path)] }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [.failure(Self.topic, "\(path) is not a directory")] }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            return [.failure(Self.topic, "\(path) cannot be written: choose another with --data-dir")]
        }
        let rights =
            status.st_mode & 0o077 == 0
            ? DoctorFinding.fine(Self.topic, "\(path) is open to its owner only")
            : .warning(Self.topic, "others may look into \(path): chmod 700 \(path)")
        return [rights] + credentials() + space(path)
    }

    private func missingDirectory(_ path: String) -> DoctorFinding {
        var parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        while access(parent, F_OK) != 0, parent != "/" {
            parent = URL(fileURLWithPath: parent).deletingLastPathComponent().path
        }
        return access(parent, W_OK | X_OK) == 0
            ? .fine(Self.topic, "\(path) is made at the first start")
            : .failure(Self.topic, "\(path) cannot be made in \(parent): choose another with --data-dir")
    }

    private func credentials() -> [DoctorFinding] {
        let path = CredentialsFile.path(inDataDirectory: configuration.dataDirectory)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return [] }
        return [.failure("credentials", "others may read \(path): chmod 600 \(path)")]
    }

    private func space(_ path: String) -> [DoctorFinding] {
        var file = statvfs()
        guard statvfs(path, &file) == 0 else { return [] }
        var findings: [DoctorFinding] = []
        let free = Int(clamping: file.f_bavail).multipliedReportingOverflow(by: Int(clamping: file.f_frsize))
        if !free.overflow, free.partialValue < Self.wantedSpace {
            findings.append(
                .warning(
                    "disk space", "\(free.partialValue >> 20) MB are free for \(path): make room, or use --data-dir"))
        }
        // ST_NOEXEC: what functions bring along cannot be started.
        if file.f_flag & 8 != 0 {
            findings.append(
                .failure(Self.topic, "\(path) is on a file system mounted noexec: choose another with --data-dir"))
        }
        return findings
    }

    func limitFindings() -> [DoctorFinding] {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return [] }
        let soft = Int(clamping: limit.rlim_cur)
        guard soft < Self.wantedDescriptors else {
            return [.fine("open files", "at most \(soft == Int.max ? "unlimited" : String(soft))")]
        }
        return [
            .warning(
                "open files",
                "at most \(soft), \(Self.wantedDescriptors) are better: ulimit -n \(Self.wantedDescriptors)")
        ]
    }
}
