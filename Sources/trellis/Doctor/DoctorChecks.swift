import Foundation
import SystemPackage
import TrellisFunctionHost
import TrellisModel

/// Everything that `trellis doctor` looks at.
struct DoctorChecks: Sendable {
    var configuration: ServerConfiguration
    var environment: [String: String]

    func all() async -> [DoctorFinding] {
        await functionFindings() + portFindings() + directoryFindings() + limitFindings()
    }

    // MARK: Functions

    private func functionFindings() async -> [DoctorFinding] {
        [await isolation()] + namespaces() + [setpriv(), user()] + (await interpreters())
    }

    /// The level in force, and how to reach the next one.
    private func isolation() async -> DoctorFinding {
        do {
            let isolation = try await Isolation.probe(
                mode: configuration.isolation, searchPath: searchPath, emptyDirectory: "/usr", takesControlGroups: false
            )
            let status = isolation.status
            let text = "level \(status.level.rawValue) (\(status.level.name))"
            guard let next = status.next else { return .fine("isolation", text) }
            let advice = "\(text); for level \(status.level.rawValue + 1): \(next)"
            // A laptop rarely delegates control groups, and lacks nothing important without.
            return status.level == .process ? .warning("isolation", advice) : .fine("isolation", advice)
        } catch {
            return .failure("isolation", "bubblewrap is asked for: \(error)")
        }
    }

    /// Settings of the kernel that forbid the namespaces of level 1.
    private func namespaces() -> [DoctorFinding] {
        let wrong = [
            ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000"),
            ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
            (
                "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
                "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for bwrap"
            ),
        ].filter { path, value, _ in Self.text(path) == value }
        guard !wrong.isEmpty else { return [.fine("user namespaces", "allowed")] }
        return wrong.map { path, value, remedy in .warning("user namespaces", "\(path) is \(value): \(remedy)") }
    }

    private func setpriv() -> DoctorFinding {
        FunctionPrograms.hasSetpriv
            ? .fine("setpriv", "installed")
            : .warning("setpriv", "missing, functions outlive a server that is killed: apt-get install util-linux")
    }

    private func user() -> DoctorFinding {
        getuid() == 0
            ? .warning(
                "user", "this is root, whose files functions would own outside a sandbox: run as an ordinary user")
            : .fine("user", "not root")
    }

    private func interpreters() async -> [DoctorFinding] {
        let host = FunctionHostConfiguration(
            dataDirectory: FilePath(configuration.dataDirectory), searchPath: searchPath)
        return await InterpreterFinding.all(configuration: host).map { finding in
            if let found = finding.found { return .fine(finding.language, found) }
            return .warning(finding.language, finding.problem ?? "not found")
        }
    }

    private var searchPath: String { environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" }

    // MARK: Ports

    private func portFindings() -> [DoctorFinding] {
        if let running = try? EndpointsFile.ofRunningServer(inDataDirectory: configuration.dataDirectory) {
            let text = "a server runs on this data directory (pid \(running.pid)) at \(running.api)"
            return [.fine("ports", text)] + proxyFindings()
        }
        return [
            port("AWS APIs", configuration.api, flag: "--api"),
            port("operator", configuration.operatorAddress, flag: "--operator"), listenerPorts(),
        ] + proxyFindings()
    }

    private func port(_ what: String, _ address: ServerConfiguration.Address, flag: String) -> DoctorFinding {
        let text = "\(address.host):\(address.port)"
        switch PortProbe.probe(host: address.host, port: address.port) {
        case .free: return .fine("port for \(what)", "\(text) is free")
        case .unusable(let reason):
            return .failure("port for \(what)", "\(text) cannot be used (\(reason)): choose another with \(flag)")
        }
    }

    /// Whether the smallest port that a listener is bound to needs a privilege.
    private func listenerPorts() -> DoctorFinding {
        let smallest = configuration.portOffset + 1
        let first = Self.text("/proc/sys/net/ipv4/ip_unprivileged_port_start").flatMap { Int($0) } ?? 1024
        guard smallest < first, getuid() != 0 else {
            return .fine("ports of listeners", "80 becomes \(80 + configuration.portOffset)")
        }
        return .warning(
            "ports of listeners",
            "ports under \(first) need a privilege: leave --port-offset at 8000, or sysctl "
                + "net.ipv4.ip_unprivileged_port_start=80")
    }

    /// AWS tools send even calls to loopback through a proxy.
    private func proxyFindings() -> [DoctorFinding] {
        let proxies = ["http_proxy", "HTTP_PROXY"].filter { !(environment[$0] ?? "").isEmpty }
        let exceptions = ["no_proxy", "NO_PROXY"].flatMap { (environment[$0] ?? "").split(separator: ",") }
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard let proxy = proxies.first, !exceptions.contains("*"), !exceptions.contains(configuration.api.host) else {
            return []
        }
        return [
            .warning(
                "proxy",
                "\(proxy) is set and would be asked for \(configuration.api.host) too: add it to NO_PROXY")
        ]
    }

    static func text(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
