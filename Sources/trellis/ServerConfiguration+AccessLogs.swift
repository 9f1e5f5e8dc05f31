import SystemPackage
import TrellisAccessLog
import TrellisModel
import TrellisSignature
import Yams

/// The mapping `accessLogs` of the configuration: where access logs go.
struct AccessLogSettings: Sendable {
    enum Output: String, CaseIterable, Sendable {
        case off, stdout, file
    }

    /// What requests to an endpoint are signed with; without it, with what the standard chain finds.
    struct Keys: Sendable {
        var accessKeyID = ""
        var secretAccessKey = ""
        var sessionToken = ""
    }

    /// The log of all requests.
    var output = Output.off
    /// Empty is `access.log` in the data directory.
    var file = ""
    var fileBytes = 104_857_600
    var keptFiles = 5
    var endpoints: [AccessLogDestination.Kind: AWSEndpoint] = [:]
    var keys: [AccessLogDestination.Kind: Keys] = [:]
    var intervals: [AccessLogDestination.Kind: Duration] = [:]

    func configuration(dataDirectory: FilePath) -> AccessLogConfiguration {
        var configuration = AccessLogConfiguration(directory: dataDirectory.appending("access-logs"))
        configuration.endpoints = endpoints
        configuration.intervals.merge(intervals) { $1 }
        switch output {
        case .off: configuration.serverLog = .none
        case .stdout: configuration.serverLog = .standardOutput
        case .file:
            configuration.serverLog = .file(
                file.isEmpty ? dataDirectory.appending("access.log") : FilePath(file), maximumBytes: fileBytes,
                keptFiles: keptFiles)
        }
        return configuration
    }
}

extension AccessLogSettings {
    private static let names = ["output", "file", "fileBytes", "keptFiles", "s3", "logs", "firehose"]
    private static let endpointNames = [
        "endpoint", "region", "accessKeyId", "secretAccessKey", "sessionToken", "intervalMs",
    ]

    init(reading values: inout ConfigurationValues) {
        self.init()
        let prefix = ServerConfiguration.Key.accessLogs.rawValue
        values.read("\(prefix).output", into: &output, "off, stdout or file", Output.init)
        values.read("\(prefix).file", into: &file, "a path") { $0.isEmpty ? nil : $0 }
        values.read("\(prefix).fileBytes", into: &fileBytes, "1024 to 1000000000000") {
            Int($0).flatMap { (1024...1_000_000_000_000).contains($0) ? $0 : nil }
        }
        values.read("\(prefix).keptFiles", into: &keptFiles, "0 to 1000") {
            Int($0).flatMap { (0...1000).contains($0) ? $0 : nil }
        }
        for kind in AccessLogDestination.Kind.allCases {
            read(kind, "\(prefix).\(kind.signingName)", &values)
        }
    }

    private mutating func read(_ kind: AccessLogDestination.Kind, _ path: String, _ values: inout ConfigurationValues) {
        var endpoint: AWSEndpoint?
        values.read("\(path).endpoint", into: &endpoint, "a URL such as http://127.0.0.1:9000") {
            AWSEndpoint(url: $0).map { .some($0) }
        }
        var region = ""
        values.read("\(path).region", into: &region, "a Region such as us-east-1") { $0.isEmpty ? nil : $0 }
        if !region.isEmpty { endpoint?.region = region }
        endpoints[kind] = endpoint
        var own = Keys()
        values.read("\(path).accessKeyId", into: &own.accessKeyID, "a text") { $0.isEmpty ? nil : $0 }
        values.read("\(path).secretAccessKey", into: &own.secretAccessKey, "a text") { $0.isEmpty ? nil : $0 }
        values.read("\(path).sessionToken", into: &own.sessionToken, "a text") { $0.isEmpty ? nil : $0 }
        if own.accessKeyID.isEmpty != own.secretAccessKey.isEmpty {
            values.problems.append("\(path): accessKeyId and secretAccessKey belong together")
        }
        if !own.accessKeyID.isEmpty { keys[kind] = own }
        var interval: Duration?
        values.read("\(path).intervalMs", into: &interval, "0 to 3600000") {
            Int($0).flatMap { (0...3_600_000).contains($0) ? .some(.milliseconds($0)) : nil }
        }
        intervals[kind] = interval
    }

    /// - Parameter unknown: Reports the keys of a mapping that are not among the given ones.
    static func unknownKeys(
        of node: Node, _ unknown: (_ mapping: Node.Mapping, _ prefix: String, _ known: [String]) -> [String]
    ) -> [String] {
        guard let mapping = node.mapping else { return ["accessLogs is not a mapping"] }
        var problems = unknown(mapping, "accessLogs.", names)
        for kind in AccessLogDestination.Kind.allCases {
            guard let inner = mapping[kind.signingName] else { continue }
            if let inner = inner.mapping {
                problems += unknown(inner, "accessLogs.\(kind.signingName).", endpointNames)
            } else {
                problems.append("accessLogs.\(kind.signingName) is not a mapping")
            }
        }
        return problems
    }
}

extension AccessLogSettings {
    /// The endpoint's own keys, else what the AWS SDKs would find.
    func credentials(
        for kind: AccessLogDestination.Kind, standardChain: @escaping CredentialsSource
    ) -> CredentialsSource {
        guard let own = keys[kind] else { return standardChain }
        let credentials = ClientCredentials(
            accessKeyID: own.accessKeyID, secretAccessKey: SecretAccessKey(own.secretAccessKey),
            sessionToken: own.sessionToken.isEmpty ? nil : SessionToken(own.sessionToken))
        return { credentials }
    }
}
