import TrellisAPI
import TrellisModel
import TrellisStore

/// The version or alias that an operation on provisioned concurrency is about.
struct ProvisionedTarget {
    private var identifier: FunctionIdentifier
    private var qualifier: String

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.function, in: scope)
        qualifier = reader.requiredQueryString(
            "Qualifier", length: 1...128, pattern: LambdaPatterns.plainQualifier)
    }

    /// - Parameter latest: What `$LATEST` is answered with.
    func resolve(in scope: Scope, latest: LambdaError) throws(LambdaError) -> FunctionARN {
        guard qualifier != "$LATEST" else { throw latest }
        return try identifier.resolve(in: scope, qualifier: qualifier)
    }
}

/// What a function keeps initialised, with the aliases that share it out.
struct ProvisionedFunction {
    /// Unqualified.
    var arn: FunctionARN
    var records: [Qualifier: ProvisionedConcurrencyRecord]
    var aliases: [String: FunctionAliasRecord]

    /// - Throws: ``LambdaError`` if the version or alias that the ARN names is not there.
    init(_ arn: FunctionARN, in session: StoreSession) async throws {
        switch arn.qualifier {
        case .alias(let name):
            guard try await session.alias(name, of: arn) != nil else { throw LambdaError.aliasNotFound(arn) }
        case .version(let number):
            guard try await session.version(number, of: arn) != nil else { throw LambdaError.functionNotFound(arn) }
        case .latest, nil:
            throw LambdaError.provisionedNeedsVersion
        }
        try await self.init(ofFunction: arn.unqualified, in: session)
    }

    /// - Parameter arn: Unqualified.
    init(ofFunction arn: FunctionARN, in session: StoreSession) async throws {
        self.arn = arn
        let records = try await session.list(
            ProvisionedConcurrencyRecord.self,
            under: .all(.provisionedConcurrency, in: arn.scope, under: arn.name.rawValue))
        self.records = Dictionary(records.map { ($0.qualifier, $0) }, uniquingKeysWith: { $1 })
        aliases = Dictionary(
            try await session.aliases(of: arn).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Whether a version or alias may have provisioned concurrency beside what the others have.
    ///
    /// - Source: recorded texts; that about weights is known from bug reports.
    func check(_ record: ProvisionedConcurrencyRecord) throws(LambdaError) {
        switch record.qualifier {
        case .latest:
            throw .provisionedLatest
        case .version(let number):
            let isPointedAt = records.keys.contains { qualifier in
                guard case .alias(let name) = qualifier else { return false }
                return aliases[name]?.version == number
            }
            guard !isPointedAt else { throw .versionOfProvisionedAlias }
        case .alias(let name):
            guard let alias = aliases[name], let version = alias.version else { throw .provisionedLatest }
            guard alias.additionalVersion == nil else { throw .provisionedAliasWithWeights }
            guard records[.version(version)] == nil else { throw .aliasOfProvisionedVersion }
        }
    }

    /// What a record asks of each version.
    func shares(of record: ProvisionedConcurrencyRecord) -> [Int: Int] {
        guard case .alias(let name) = record.qualifier else { return record.shares(alias: nil) }
        return record.shares(alias: aliases[name])
    }

    /// How much of a version's environments is taken by the records that come before this one.
    func taken(of version: Int, before record: ProvisionedConcurrencyRecord) -> Int {
        records.values.filter { $0.key < record.key }.reduce(0) { $0 + (shares(of: $1)[version] ?? 0) }
    }
}
