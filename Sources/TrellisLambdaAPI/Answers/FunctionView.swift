import Crypto
import FoundationEssentials
import TrellisAPI
import TrellisModel

/// A function, version or alias as the API shows it: the configuration object of every answer.
///
/// - Source: reference lambda.md §6.2 for the fields, §5 for which ARN is shown.
struct FunctionView {
    /// Where in its life the object is shown.
    enum Phase {
        /// The answer that made it: `State` is `Pending`, though every read says `Active` and invocations work at once.
        case creating
        /// The answer to an update; every read afterwards says `Successful`.
        case updating
        case settled
        /// An entry of a list: no states, no runtime version.
        case listed
    }

    /// With the qualifier under which it was asked for.
    var arn: FunctionARN
    /// `$LATEST` or a number, also when an alias was asked for.
    var version: Qualifier
    var configuration: FunctionConfiguration
    var description: String
    var revisionID: String
    var lastModified: Timestamp

    init(_ function: FunctionRecord, shownAs qualifier: Qualifier? = nil) {
        arn = FunctionARN(scope: function.scope, name: function.name, qualifier: qualifier)
        version = .latest
        configuration = function.latest
        description = function.latest.description
        revisionID = function.revisionID
        lastModified = function.lastModified
    }

    init(_ version: FunctionVersionRecord, shownAs qualifier: Qualifier?) {
        arn = FunctionARN(scope: version.scope, name: version.name, qualifier: qualifier)
        self.version = .version(version.version)
        configuration = version.configuration
        description = version.description
        revisionID = version.revisionID
        lastModified = version.lastModified
    }

    func json(_ phase: Phase) -> JSONValue {
        .object(members.merging(Self.stateMembers(phase)) { member, _ in member }.merging(runtimeMembers(phase)) { $1 })
    }

    private var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "FunctionName": .string(arn.name.rawValue),
            "FunctionArn": .string(arn.description),
            "Runtime": .string(configuration.runtime),
            "Role": .string(configuration.role),
            "Handler": .string(configuration.handler),
            "CodeSize": .integer(Int64(configuration.codeSize)),
            "CodeSha256": .string(Self.base64(ofHexadecimal: configuration.codeSHA256)),
            "Description": .string(description),
            "Timeout": .integer(Int64(configuration.timeoutSeconds)),
            "MemorySize": .integer(Int64(configuration.memorySizeMB)),
            "LastModified": .string(lastModified.lambdaLastModified),
            "Version": .string(version.description),
            "RevisionId": .string(revisionID),
            "PackageType": "Zip",
            "Architectures": .array([.string(configuration.architecture)]),
            "EphemeralStorage": .object(["Size": .integer(Int64(configuration.ephemeralStorageMB))]),
            "TracingConfig": .object(["Mode": "PassThrough"]),
            "SnapStart": .object(["ApplyOn": "None", "OptimizationStatus": "Off"]),
            "LoggingConfig": loggingJSON,
        ]
        if configuration.hasEnvironment || !configuration.environment.isEmpty {
            let variables = configuration.environment.mapValues(JSONValue.string)
            members["Environment"] = .object(["Variables": .object(variables)])
        }
        if !configuration.layers.isEmpty {
            members["Layers"] = .array(
                configuration.layers.map { layer in
                    .object(["Arn": .string(layer.arn.description), "CodeSize": .integer(Int64(layer.codeSize))])
                })
        }
        return members
    }

    /// Levels belong to JSON only.
    private var loggingJSON: JSONValue {
        let logging = configuration.loggingInEffect
        let isJSON = logging.format == .json
        return .object(omittingNil: [
            "LogFormat": .string(logging.format.rawValue),
            "ApplicationLogLevel": isJSON ? .string(logging.applicationLevel.rawValue) : nil,
            "SystemLogLevel": isJSON ? .string(logging.systemLevel.rawValue) : nil,
            "LogGroup": .string(configuration.logGroup(of: arn.name).rawValue),
        ])
    }

    private static func stateMembers(_ phase: Phase) -> [String: JSONValue] {
        let reason: JSONValue = "The function is being created."
        switch phase {
        case .creating:
            return ["State": "Pending", "StateReason": reason, "StateReasonCode": "Creating"]
        case .updating:
            return [
                "State": "Active", "LastUpdateStatus": "InProgress", "LastUpdateStatusReason": reason,
                "LastUpdateStatusReasonCode": "Creating",
            ]
        case .settled:
            return ["State": "Active", "LastUpdateStatus": "Successful"]
        case .listed:
            return [:]
        }
    }

    /// A runtime has one version here; its id is made from the runtime's name.
    private func runtimeMembers(_ phase: Phase) -> [String: JSONValue] {
        if case .listed = phase { return [:] }
        let digest = SHA256.hash(data: Data(configuration.runtime.utf8))
        let runtimeARN = "arn:\(ARN.partition):lambda:\(arn.scope.region)::runtime:\(digest.lowercaseHexadecimal)"
        return ["RuntimeVersionConfig": .object(["RuntimeVersionArn": .string(runtimeARN)])]
    }

    /// `CodeSha256` is base64 of the digest whose hexadecimal form names the package.
    static func base64(ofHexadecimal text: String) -> String {
        var bytes: [UInt8] = []
        var digits = text.makeIterator()
        while let high = digits.next(), let low = digits.next() {
            guard let high = high.hexDigitValue, let low = low.hexDigitValue else { return text }
            bytes.append(UInt8(high << 4 | low))
        }
        return Data(bytes).base64EncodedString()
    }
}
