import NIOCore
import TrellisFunctionHost
import TrellisInvoke
import TrellisModel
import TrellisStore

/// What the operations work with; each operation is an extension in its own file.
struct LambdaService: Sendable {
    let store: any Store
    let packages: PackageStore
    let invoker: any FunctionInvoker
    let provisioned: any ProvisionedEnvironmentSource
    let events: EventInvocationQueue
    let eventLoopGroup: any EventLoopGroup
    let clock: any WallClock
    let random: any RandomSource
    let configuration: LambdaAPI.Configuration
}

extension StoreSession {
    /// - Throws: ``LambdaError/functionNotFound(_:)`` with the ARN as it was asked for.
    func function(_ arn: FunctionARN) async throws -> FunctionRecord {
        guard let function = try await get(FunctionRecord.self, at: .function(arn.name, in: arn.scope)) else {
            throw LambdaError.functionNotFound(arn)
        }
        return function
    }

    func version(_ number: Int, of arn: FunctionARN) async throws -> FunctionVersionRecord? {
        try await get(
            FunctionVersionRecord.self, at: .functionVersion(number, of: arn.name, in: arn.scope))
    }

    func alias(_ name: String, of arn: FunctionARN) async throws -> FunctionAliasRecord? {
        try await get(FunctionAliasRecord.self, at: .functionAlias(name, of: arn.name, in: arn.scope))
    }

    func versions(of arn: FunctionARN) async throws -> [FunctionVersionRecord] {
        try await list(
            FunctionVersionRecord.self, under: .all(.functionVersion, in: arn.scope, under: arn.name.rawValue))
    }

    func aliases(of arn: FunctionARN) async throws -> [FunctionAliasRecord] {
        try await list(
            FunctionAliasRecord.self, under: .all(.functionAlias, in: arn.scope, under: arn.name.rawValue))
    }

    func concurrency(of arn: FunctionARN) async throws -> FunctionConcurrencyRecord? {
        try await get(FunctionConcurrencyRecord.self, at: .functionConcurrency(arn.name, in: arn.scope))
    }

    func put(_ function: FunctionRecord) throws {
        try put(function, at: .function(function.name, in: function.scope))
    }

    func put(_ version: FunctionVersionRecord) throws {
        try put(version, at: .functionVersion(version.version, of: version.name, in: version.scope))
    }

    func put(_ alias: FunctionAliasRecord) throws {
        try put(alias, at: .functionAlias(alias.name, of: alias.functionName, in: alias.scope))
    }

    /// The function, version or alias that the ARN names.
    ///
    /// - Throws: ``LambdaError/functionNotFound(_:)``, for a missing alias too.
    func view(of arn: FunctionARN) async throws -> FunctionView {
        let function = try await function(arn)
        switch arn.qualifier {
        case nil, .latest:
            return FunctionView(function, shownAs: arn.qualifier)
        case .version(let number):
            guard let version = try await version(number, of: arn) else { throw LambdaError.functionNotFound(arn) }
            return FunctionView(version, shownAs: arn.qualifier)
        case .alias(let name):
            guard let alias = try await alias(name, of: arn) else { throw LambdaError.functionNotFound(arn) }
            guard let number = alias.version else { return FunctionView(function, shownAs: arn.qualifier) }
            guard let version = try await version(number, of: arn) else { throw LambdaError.functionNotFound(arn) }
            return FunctionView(version, shownAs: arn.qualifier)
        }
    }
}
