import TrellisAPI
import TrellisModel
import TrellisStore

/// `PUT /2015-03-31/functions/{FunctionName}/aliases/{Name}`
extension LambdaService {
    func updateAlias(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { UpdateAliasInput($0, in: call.scope) }
        let function = try input.identifier.resolveUnqualified(in: call.scope)
        let revisionID = random.uuid()
        let alias = try await store.transaction { session in
            guard var alias = try await session.alias(input.name, of: function) else {
                throw LambdaError.aliasNotFound(function.alias(input.name))
            }
            guard input.revisionID == nil || input.revisionID == alias.revisionID else {
                throw LambdaError.staleRevision
            }
            try await input.point(&alias, in: session)
            try await session.checkProvisioned(alias)
            if let description = input.description { alias.description = description }
            alias.revisionID = revisionID
            try session.put(alias)
            return alias
        }
        return .json(AliasView.json(alias))
    }
}

extension StoreSession {
    /// An alias with provisioned concurrency stays on published versions that have none of their own.
    fileprivate func checkProvisioned(_ alias: FunctionAliasRecord) async throws {
        guard try await exists(.provisionedConcurrency(.alias(alias.name), of: alias.functionName, in: alias.scope))
        else { return }
        guard let version = alias.version else { throw LambdaError.provisionedLatest }
        let ofVersion = StoreKey.provisionedConcurrency(.version(version), of: alias.functionName, in: alias.scope)
        guard try await !exists(ofVersion) else { throw LambdaError.aliasOfProvisionedVersion }
    }
}

private struct UpdateAliasInput {
    var identifier: FunctionIdentifier
    var name: String
    var version: String?
    var description: String?
    var routing: AliasRouting?
    var revisionID: String?

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.function, in: scope)
        name = reader.aliasLabel()
        version = reader.string("FunctionVersion", length: 1...1024, pattern: LambdaPatterns.version)
        description = reader.descriptionText()
        routing = AliasRouting(reader)
        revisionID = reader.string("RevisionId")
    }

    /// Points the alias at the versions asked for; what is not given stays, and must still fit the rest.
    func point(_ alias: inout FunctionAliasRecord, in session: StoreSession) async throws {
        guard version != nil || routing != nil else { return }
        let current = alias.version.map(String.init) ?? "$LATEST"
        let main = try await session.aliasTarget(version ?? current, of: alias.arn)
        if let routing {
            alias.additionalVersion = try await routing.additionalVersion(
                beside: main, of: alias.arn, in: session)
        } else if let kept = alias.additionalVersion {
            guard let main else { throw LambdaError.latestWithRouting }
            let additional = try await session.publishedVersion(String(kept.version), of: alias.arn)
            try AliasRouting.check(additional, beside: main)
        }
        alias.version = main?.version
    }
}
