import Configuration
import Foundation
import Logging
import TrellisFunctionHost
import TrellisLatticeAPI
import TrellisModel
import TrellisPrincipals
import Yams

/// Every problem of a configuration, so that one start shows them all.
struct ConfigurationProblems: Error {
    var problems: [String]
}

extension ServerConfiguration {
    /// The keys of `trellis.yaml`.
    ///
    /// A flag has the same name in kebab case, an environment variable is `TRELLIS_` and the name in upper snake case.
    /// Flags win over the environment, the environment over the file.
    enum Key: String, CaseIterable {
        case dataDir
        case api
        case `operator`
        case portOffset
        case bind
        case account
        case accounts
        case organizationId
        case organizationPath
        case region
        case anyKey
        case transitionDelayMs
        case drainDelayMs
        case eventRetryDelayMs
        case workers
        case maxEnvironments
        case maxEnvironmentsPerFunction
        case maxLogMb
        case isolation
        case accountConcurrency
        case memoryBudgetMb
        case invocationQueueLength
        case invocationQueueWaitMs
        case environmentFreezeDelayMs
        case environmentIdleTimeoutMs
        case terminationGraceMs
        case maxConnections
        case maxStreams
        case bodyBudgetMb
        case requestsPerSecond
        case sourceVpcs
        case proxyProtocolPorts
        case proxyProtocolPeers
        /// A mapping with the names of ``LatticeQuota``; in the environment each has a variable of its own.
        case quotas
        /// A list of mappings; only in the file.
        case vpcEndpoints
        /// A mapping; only in the file.
        case domainVerification
        /// A list of mappings; only in the file.
        case remoteFunctions
        /// A list of mappings; only in the file.
        case webIdentityProviders
        /// A list of mappings; only in the file.
        case certificates
        case certificateDirectory
        /// A mapping of ids to addresses; only in the file.
        case targetAddresses
        case targetCertificates
        /// A mapping, see ``AccessLogSettings``.
        case accessLogs
        case logLevel
    }

    /// Reads and checks everything.
    ///
    /// - Parameters:
    ///   - flags: What was given on the command line, by key.
    ///   - file: `nil` reads `trellis.yaml` of the current directory if there is one.
    static func load(
        flags: [Key: String], environment: [String: String], file: String?
    ) async throws -> ServerConfiguration {
        var sources = [
            ConfigurationSource(name: "command line", provider: InMemoryProvider(flags: flags)),
            ConfigurationSource(
                name: "environment",
                provider: EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "trellis")),
        ]
        var problems: [String] = []
        var declared = DeclaredResources()
        let path = file ?? environment["TRELLIS_CONFIG"] ?? "trellis.yaml"
        let isRequired = file != nil || environment["TRELLIS_CONFIG"] != nil
        if isRequired || FileManager.default.fileExists(atPath: path) {
            do {
                let mapping = try mapping(ofFile: path)
                problems += unknownKeys(of: mapping, inFile: path)
                var wrong: [String] = []
                declared = DeclaredResources(inFile: mapping, problems: &wrong)
                problems += wrong.map { "\(path): \($0)" }
                sources.append(
                    ConfigurationSource(name: path, provider: InMemoryProvider(name: path, yaml: mapping)))
            } catch {
                problems.append("\(path): cannot be read as YAML: \(error)")
            }
        }
        var reader = ConfigurationValues(sources: sources, problems: problems)
        var configuration = ServerConfiguration(reading: &reader)
        configuration.declared = declared
        guard reader.problems.isEmpty else { throw ConfigurationProblems(problems: reader.problems) }
        return configuration
    }

    private init(reading values: inout ConfigurationValues) {
        self.init()
        values.read(.dataDir, into: &dataDirectory, "a path") { $0.isEmpty ? nil : $0 }
        values.read(.api, into: &api, "HOST:PORT", Address.init)
        values.read(.operator, into: &operatorAddress, "HOST:PORT", Address.init)
        values.read(.portOffset, into: &portOffset, "0 to 60000", integer(0...60_000))
        values.read(.bind, into: &bind, "an address") { $0.isEmpty ? nil : $0 }
        values.read(.account, into: &account, Self.accountForm) { Self.account($0).map { .some($0) } }
        values.readList(.accounts, into: &otherAccounts, Self.accountForm, Self.account)
        readOrganization(&values)
        values.read(.region, into: &region, "a Region such as us-east-1", Region.init)
        values.read(.anyKey, into: &takesAnyKey, "true or false", Bool.init)
        values.read(.transitionDelayMs, into: &transitionDelay, "0 to 600000", milliseconds(0...600_000))
        values.read(.drainDelayMs, into: &drainDelay, "0 to 600000", milliseconds(0...600_000))
        values.read(.eventRetryDelayMs, into: &eventRetryDelay, "0 to 600000", milliseconds(0...600_000))
        values.read(.workers, into: &workers, "1 to 1024") { text in integer(1...1024)(text).map { .some($0) } }
        values.read(.maxEnvironments, into: &maximumEnvironments, "1 to 10000", integer(1...10_000))
        values.read(
            .maxEnvironmentsPerFunction, into: &maximumEnvironmentsPerFunction, "1 to 10000", integer(1...10_000))
        values.read(.maxLogMb, into: &maximumLogMB, "1 to 1000000", integer(1...1_000_000))
        values.read(.certificateDirectory, into: &certificateDirectory, "a path") { $0.isEmpty ? nil : .some($0) }
        values.read(
            .targetCertificates, into: &targetCertificates, "none, system or the path of a PEM file",
            TargetCertificates.init)
        values.read(.isolation, into: &isolation, "auto, none or bubblewrap", IsolationMode.init(rawValue:))
        values.read(.accountConcurrency, into: &accountConcurrency, "1 to 1000000", integer(1...1_000_000))
        values.read(.memoryBudgetMb, into: &memoryBudgetMB, "128 to 100000000") { text in
            integer(128...100_000_000)(text).map { .some($0) }
        }
        values.read(.invocationQueueLength, into: &invocationQueueLength, "0 to 100000", integer(0...100_000))
        values.read(.invocationQueueWaitMs, into: &invocationQueueWait, "1 to 900000", milliseconds(1...900_000))
        values.read(
            .environmentFreezeDelayMs, into: &environmentFreezeDelay, "1 to 86400000", milliseconds(1...86_400_000))
        values.read(
            .environmentIdleTimeoutMs, into: &environmentIdleTimeout, "1 to 86400000", milliseconds(1...86_400_000))
        values.read(.terminationGraceMs, into: &terminationGrace, "0 to 60000", milliseconds(0...60_000))
        values.read(.maxConnections, into: &maximumConnections, "1 to 1000000", integer(1...1_000_000))
        values.read(.maxStreams, into: &maximumStreams, "1 to 1000000", integer(1...1_000_000))
        values.read(.bodyBudgetMb, into: &bodyBudgetMB, "6 to 1000000", integer(6...1_000_000))
        values.read(.requestsPerSecond, into: &requestsPerSecond, "1 to 10000000", integer(1...10_000_000))
        values.readList(.sourceVpcs, into: &sourceVPCs, "CIDR=VPC entries", SourceVPCEntry.init)
        values.readList(.proxyProtocolPorts, into: &proxyProtocolPorts, "ports, 1 to 65535", integer(1...65_535))
        values.readList(.proxyProtocolPeers, into: &proxyProtocolPeers, "CIDR blocks such as 10.0.0.0/8") {
            CIDRBlock($0).flatMap { $0.isCanonical ? $0 : nil }
        }
        if proxyProtocolPorts.isEmpty != proxyProtocolPeers.isEmpty {
            values.problems.append("proxyProtocolPorts and proxyProtocolPeers belong together")
        }
        for quota in LatticeQuota.allCases {
            values.read(
                "\(Key.quotas.rawValue).\(quota.rawValue)", into: &quotas[quota], "0 to 1000000", integer(0...1_000_000)
            )
        }
        accessLogs = AccessLogSettings(reading: &values)
        values.read(.logLevel, into: &logLevel, "trace, debug, info, notice, warning, error or critical") {
            Logger.Level(rawValue: $0)
        }
        if takesAnyKey && !otherAccounts.isEmpty {
            values.problems.append("accounts are told apart by their access keys: leave out anyKey or accounts")
        }
        let listening = [("the API listens on", api), ("listeners are bound to", Address(host: bind, port: 0))]
        for (what, address) in listening where takesAnyKey && !address.isLoopback {
            values.problems.append(
                "anyKey lets everybody in and is refused because \(what) \(address.host), which is not loopback")
        }
    }

    private mutating func readOrganization(_ values: inout ConfigurationValues) {
        var path = ""
        values.read(.organizationPath, into: &path, "a path such as o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/") { $0 }
        var id: String?
        values.read(.organizationId, into: &id, "an organisation id such as o-a1b2c3d4e5") { text in
            Organization(id: text)?.id
        }
        guard let id else {
            if !path.isEmpty { values.problems.append("organizationPath needs organizationId") }
            return
        }
        organization = Organization(id: id, paths: path.isEmpty ? [] : [path])
        if organization == nil, !path.isEmpty {
            values.problems.append(
                "organizationPath: '\(path)' does not begin with \(id)/ or does not end with a slash")
        }
    }

    private static let accountForm = "12 digits other than 000000000000"

    private static func account(_ text: String) -> AccountID? {
        text == "000000000000" ? nil : AccountID(text)
    }

    private static func mapping(ofFile path: String) throws -> Node.Mapping {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // A file without any setting is one with only comments.
        guard let document = try Yams.compose(yaml: text) else { return Node.Mapping([]) }
        guard let mapping = document.mapping else { throw NotAMapping() }
        return mapping
    }

    private struct NotAMapping: Error, CustomStringConvertible {
        var description: String { "the top level is not a mapping" }
    }

    /// A key that nobody reads is a misspelt one.
    private static func unknownKeys(of mapping: Node.Mapping, inFile path: String) -> [String] {
        func unknown(_ mapping: Node.Mapping, _ prefix: String, _ known: [String]) -> [String] {
            mapping.keys.compactMap(\.string).filter { !known.contains($0) }.map {
                "\(path): unknown key '\(prefix)\($0)'; the keys are \(known.sorted().joined(separator: ", "))"
            }
        }
        var problems = unknown(mapping, "", Key.allCases.map(\.rawValue))
        if let quotas = mapping[Key.quotas.rawValue] {
            if let names = quotas.mapping {
                problems += unknown(names, "quotas.", LatticeQuota.allCases.map(\.rawValue))
                for (name, value) in names where value.scalar == nil {
                    problems.append("\(path): quotas.\(name.string ?? "") is not a number")
                }
            } else {
                problems.append("\(path): quotas is not a mapping of quota names to numbers")
            }
        }
        if let accessLogs = mapping[Key.accessLogs.rawValue] {
            problems += AccessLogSettings.unknownKeys(of: accessLogs, unknown)
        }
        return problems
    }
}

/// One place that values come from.
struct ConfigurationSource {
    var name: String
    var reader: ConfigReader

    init(name: String, provider: any ConfigProvider) {
        self.name = name
        reader = ConfigReader(provider: provider)
    }
}

/// Looks keys up by precedence and collects what cannot be understood.
struct ConfigurationValues {
    var sources: [ConfigurationSource]
    var problems: [String]

    mutating func read<Value>(
        _ key: ServerConfiguration.Key, into target: inout Value, _ expectation: String, _ parse: (String) -> Value?
    ) {
        read(key.rawValue, into: &target, expectation, parse)
    }

    mutating func read<Value>(
        _ key: String, into target: inout Value, _ expectation: String, _ parse: (String) -> Value?
    ) {
        for source in sources {
            guard let text = source.reader.string(forKey: ConfigKey(stringLiteral: key)) else { continue }
            if let value = parse(text) {
                target = value
            } else {
                problems.append("\(key) from \(source.name): '\(text)' is not \(expectation)")
            }
            return
        }
    }

    mutating func readList<Value>(
        _ key: ServerConfiguration.Key, into target: inout [Value], _ expectation: String,
        _ parse: (String) -> Value?
    ) {
        for source in sources {
            guard let texts = source.reader.stringArray(forKey: ConfigKey(stringLiteral: key.rawValue)) else {
                continue
            }
            target = texts.compactMap { text in
                let value = parse(text)
                if value == nil {
                    problems.append("\(key.rawValue) from \(source.name): '\(text)' is not one of \(expectation)")
                }
                return value
            }
            return
        }
    }
}

extension InMemoryProvider {
    fileprivate init(flags: [ServerConfiguration.Key: String]) {
        let values = flags.map { key, value in
            (AbsoluteConfigKey(stringLiteral: key.rawValue), ConfigValue(.string(value), isSecret: false))
        }
        self.init(name: "command line", values: Dictionary(values, uniquingKeysWith: { first, _ in first }))
    }
}

extension InMemoryProvider {
    /// The texts and lists of texts of a mapping and of those in it; a key inside another has a dot in between.
    ///
    /// Lists of mappings are for ``DeclaredResources``, which reads them itself.
    fileprivate init(name: String, yaml mapping: Node.Mapping) {
        func values(_ mapping: Node.Mapping, _ path: [String]) -> [(AbsoluteConfigKey, ConfigValue)] {
            mapping.flatMap { key, node -> [(AbsoluteConfigKey, ConfigValue)] in
                let path = path + [key.string ?? ""]
                if let inner = node.mapping { return values(inner, path) }
                let content: ConfigContent? =
                    if let text = node.scalar?.string {
                        .string(text)
                    } else if let elements = node.sequence, elements.allSatisfy({ $0.scalar != nil }) {
                        .stringArray(elements.compactMap { $0.scalar?.string })
                    } else {
                        nil
                    }
                return content.map { [(AbsoluteConfigKey(path), ConfigValue($0, isSecret: false))] } ?? []
            }
        }
        self.init(name: name, values: Dictionary(values(mapping, []), uniquingKeysWith: { first, _ in first }))
    }
}

extension ServerConfiguration.Address {
    /// Reads `127.0.0.1:7070`, `[::1]:7070` or `:0` (loopback).
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "127.0.0.1" : host, port: port)
    }

    var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.split(separator: ".").count == 4)
    }
}

extension ServerConfiguration.SourceVPCEntry {
    /// Reads `10.0.0.0/8=vpc-0123456789abcdef0`.
    init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[1].hasPrefix("vpc-") else { return nil }
        self.init(cidr: String(parts[0]), vpc: String(parts[1]))
    }
}

private func integer(_ range: ClosedRange<Int>) -> (String) -> Int? {
    { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
}

private func milliseconds(_ range: ClosedRange<Int>) -> (String) -> Duration? {
    { text in integer(range)(text).map { .milliseconds($0) } }
}
