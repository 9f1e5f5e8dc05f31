import TrellisModel
import TrellisStore

/// What a resource policy is attached to: a function as called without a qualifier, a version, or an alias.
///
/// A policy shares the revision of its subject: a change of the policy is a new `RevisionId` of the function, version or
/// alias.
///
/// - Source: reference lambda.md §8.2 (recorded for all three).
enum PolicySubject {
    case function(FunctionRecord)
    case version(FunctionVersionRecord)
    case alias(FunctionAliasRecord)

    /// - Throws: ``LambdaError`` for a function, version or alias that does not exist, and for `$LATEST`.
    init(_ arn: FunctionARN, in session: StoreSession) async throws {
        if arn.qualifier == .latest { throw LambdaError.noPolicyForLatest }
        let function = try await session.function(arn.unqualified)
        switch arn.qualifier {
        case nil, .latest:
            self = .function(function)
        case .version(let number):
            guard let version = try await session.version(number, of: arn) else {
                throw LambdaError.functionNotFound(arn)
            }
            self = .version(version)
        case .alias(let name):
            guard let alias = try await session.alias(name, of: arn) else { throw LambdaError.aliasNotFound(arn) }
            self = .alias(alias)
        }
    }

    var revisionID: String {
        switch self {
        case .function(let function): function.revisionID
        case .version(let version): version.revisionID
        case .alias(let alias): alias.revisionID
        }
    }

    func checkRevision(_ expected: String?) throws(LambdaError) {
        guard expected == nil || expected == revisionID else { throw .stalePolicyRevision }
    }

    /// Gives the subject a new revision.
    func put(revisionID: String, in session: StoreSession) throws {
        switch self {
        case .function(var function):
            function.revisionID = revisionID
            try session.put(function)
        case .version(var version):
            version.revisionID = revisionID
            try session.put(version)
        case .alias(var alias):
            alias.revisionID = revisionID
            try session.put(alias)
        }
    }
}

extension StoreSession {
    func policy(of arn: FunctionARN) async throws -> FunctionPolicyRecord? {
        try await get(FunctionPolicyRecord.self, at: .functionPolicy(arn.qualifier, of: arn.name, in: arn.scope))
    }

    /// A policy without statements is none.
    func put(_ policy: FunctionPolicyRecord, of arn: FunctionARN) throws {
        let key = StoreKey.functionPolicy(arn.qualifier, of: arn.name, in: arn.scope)
        if policy.statements.isEmpty {
            delete(key)
        } else {
            try put(policy, at: key)
        }
    }
}
