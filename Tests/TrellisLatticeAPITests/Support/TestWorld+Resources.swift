import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

/// Shorthands that make a resource and return its id.
extension TestWorld {
    static let notFoundAction = #"{"fixedResponse":{"statusCode":404}}"#
    static let getMatch = #"{"httpMatch":{"method":"GET"}}"#

    func makeNetwork(_ name: String = "network") async throws -> String {
        try await make("/servicenetworks", #"{"name":"\#(name)"}"#)
    }

    func makeService(_ name: String = "service", extra: String = "") async throws -> String {
        try await make("/services", #"{"name":"\#(name)"\#(extra)}"#)
    }

    /// An active LAMBDA group.
    func makeTargetGroup(_ name: String = "group") async throws -> String {
        let id = try await make("/targetgroups", #"{"name":"\#(name)","type":"LAMBDA"}"#)
        try await settle()
        return id
    }

    /// An active INSTANCE, IP or ALB group.
    ///
    /// - Parameter config: Members besides the VPC.
    func makeTargetGroup(
        _ name: String = "group", type: String, vpc: String = "vpc-01234567", config: String = #""protocol":"HTTP""#
    ) async throws -> String {
        let id = try await make(
            "/targetgroups",
            #"{"name":"\#(name)","type":"\#(type)","config":{"vpcIdentifier":"\#(vpc)",\#(config)}}"#)
        try await settle()
        return id
    }

    func makeListener(
        of service: String, _ name: String = "listener", port: Int = 80, protocol: String = "HTTP",
        action: String = Self.notFoundAction
    ) async throws -> String {
        try await make(
            "/services/\(service)/listeners",
            #"{"name":"\#(name)","protocol":"\#(`protocol`)","port":\#(port),"defaultAction":\#(action)}"#)
    }

    func makeRule(
        of listener: String, in service: String, _ name: String = "rule", priority: Int = 1,
        action: String = Self.notFoundAction
    ) async throws -> String {
        try await make(
            "/services/\(service)/listeners/\(listener)/rules",
            #"{"name":"\#(name)","priority":\#(priority),"match":\#(Self.getMatch),"action":\#(action)}"#)
    }

    /// An active association.
    func associate(service: String, with network: String) async throws -> String {
        let id = try await make(
            "/servicenetworkserviceassociations",
            #"{"serviceIdentifier":"\#(service)","serviceNetworkIdentifier":"\#(network)"}"#)
        try await settle()
        return id
    }

    /// An active association.
    func associate(vpc: String, with network: String, extra: String = "") async throws -> String {
        let id = try await make(
            "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"\#(vpc)","serviceNetworkIdentifier":"\#(network)"\#(extra)}"#)
        try await settle()
        return id
    }

    /// An access log subscription.
    func subscribe(_ owner: String, to destination: String) async throws -> String {
        try await make(
            "/accesslogsubscriptions",
            #"{"resourceIdentifier":"\#(owner)","destinationArn":"\#(destination)"}"#)
    }

    func register(_ function: String, with group: String) async -> Reply {
        await send("POST", "/targetgroups/\(group)/registertargets", #"{"targets":[{"id":"\#(function)"}]}"#)
    }

    static func forward(_ groups: String...) -> String {
        let targetGroups = groups.map { #"{"targetGroupIdentifier":"\#($0)","weight":1}"# }
        return #"{"forward":{"targetGroups":[\#(targetGroups.joined(separator: ","))]}}"#
    }

    static func arn(_ tail: String) -> String { "arn:aws:vpc-lattice:\(region):\(account):\(tail)" }

    /// A path segment with everything encoded that could be taken for something else.
    static func encoded(_ text: String) -> String {
        text.replacing(":", with: "%3A").replacing("/", with: "%2F")
    }

    private func make(_ path: String, _ body: String) async throws -> String {
        let reply = await send("POST", path, body)
        try #require((200...201).contains(reply.status), "\(String(describing: reply.json))")
        return reply.id
    }
}

/// Functions as the Lambda API stores them.
extension TestWorld {
    static func functionARN(_ name: String, _ qualifier: String? = nil) -> String {
        "arn:aws:lambda:\(region):\(account):function:\(name)" + (qualifier.map { ":\($0)" } ?? "")
    }

    /// - Returns: The unqualified ARN.
    @discardableResult
    func makeFunction(
        _ name: String = "function", versions: [Int] = [], aliases: [String] = [], scope: Scope = Self.scope
    ) async throws -> String {
        let function = try #require(FunctionName(name))
        let configuration = FunctionConfiguration(
            runtime: "python3.12", handler: "app.handler", role: "arn:aws:iam::\(scope.account):role/r",
            description: "", timeoutSeconds: 3, memorySizeMB: 128, ephemeralStorageMB: 512, environment: [:],
            architecture: "x86_64", codeSHA256: "00", codeSize: 1)
        let now = clock.now()
        try await store.transaction { session in
            try session.put(
                FunctionRecord(
                    scope: scope, name: function, latest: configuration, revisionID: "r", createdAt: now,
                    lastModified: now, wasUpdated: false, nextVersion: 9, tags: [:]),
                at: .function(function, in: scope))
            for version in versions {
                try session.put(
                    FunctionVersionRecord(
                        scope: scope, name: function, version: version, configuration: configuration,
                        revisionID: "r", lastModified: now),
                    at: .functionVersion(version, of: function, in: scope))
            }
            for alias in aliases {
                try session.put(
                    FunctionAliasRecord(
                        scope: scope, functionName: function, name: alias, version: 1, additionalVersion: nil,
                        description: "", revisionID: "r"),
                    at: .functionAlias(alias, of: function, in: scope))
            }
        }
        return FunctionARN(scope: scope, name: function).description
    }

    func policy(of name: String, _ qualifier: Qualifier? = nil) async throws -> FunctionPolicyRecord? {
        let function = try #require(FunctionName(name))
        return try await store.record(
            FunctionPolicyRecord.self, at: .functionPolicy(qualifier, of: function, in: Self.scope))
    }

    func setPolicy(_ policy: FunctionPolicyRecord, of name: String, _ qualifier: Qualifier? = nil) async throws {
        let function = try #require(FunctionName(name))
        try await store.transaction { session in
            try session.put(policy, at: .functionPolicy(qualifier, of: function, in: Self.scope))
        }
    }
}
