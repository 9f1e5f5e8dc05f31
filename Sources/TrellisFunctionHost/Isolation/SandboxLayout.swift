import Glibc
import SystemPackage

/// Which of the machine's files a function in a sandbox sees.
///
/// The sandbox starts empty. It gets the programs and libraries of the system, the few files of `/etc` that resolving
/// names, checking certificates and telling the time need, and the interpreter if that is somewhere else. Everything but
/// `/tmp` is read-only.
struct SandboxLayout: Sendable {
    enum Place: Hashable, Sendable {
        case directory(String)
        /// The link itself, with what it points to.
        case link(String, target: String)
    }

    /// Programs and libraries.
    var system: [Place]

    private static let systemDirectories = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store",
    ]
    private static let configurationFiles = [
        "alternatives", "ca-certificates", "crypto-policies", "gai.conf", "host.conf", "hosts", "ld.so.cache",
        "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "os-release", "pki", "protocols",
        "resolv.conf", "services", "ssl", "timezone",
    ]

    /// Looks which system directories this machine has.
    static func ofThisMachine() -> SandboxLayout {
        SandboxLayout(
            system: systemDirectories.compactMap { path in
                if let target = linkTarget(path) { return .link(path, target: target) }
                return access(path, F_OK) == 0 ? .directory(path) : nil
            })
    }

    private static func linkTarget(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = readlink(path, &bytes, bytes.count)
        guard size > 0, size < bytes.count else { return nil }
        return String(decoding: bytes[..<size].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The options of bubblewrap for everything but the function's own files.
    ///
    /// - Parameter accounts: A directory with the `passwd` and `group` to show.
    func options(accounts: FilePath) -> [String] {
        var options: [String] = []
        for place in system {
            switch place {
            case .directory(let path): options += ["--ro-bind", path, path]
            case .link(let path, let target): options += ["--symlink", target, path]
            }
        }
        for name in Self.configurationFiles { options += ["--ro-bind-try", "/etc/\(name)", "/etc/\(name)"] }
        for name in ["passwd", "group"] {
            options += ["--ro-bind-try", accounts.appending(name).string, "/etc/\(name)"]
        }
        return options
    }

    /// The directories of an interpreter that ``system`` does not hold already, the outer ones first.
    ///
    /// The root directory is left out: it would show everything.
    func additional(_ roots: [FilePath]) -> [FilePath] {
        let known = system.compactMap { place -> FilePath? in
            if case .directory(let path) = place { FilePath(path) } else { nil }
        }
        var kept: [FilePath] = []
        let wanted = Set(roots.map { $0.lexicallyNormalized() }.filter { $0.isAbsolute && !$0.components.isEmpty })
        for root in wanted.sorted(by: { ($0.components.count, $0.string) < ($1.components.count, $1.string) })
        where !(known + kept).contains(where: { root.starts(with: $0) }) {
            kept.append(root)
        }
        return kept
    }
}
