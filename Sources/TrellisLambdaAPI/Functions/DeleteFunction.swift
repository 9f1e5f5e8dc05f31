import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2015-03-31/functions/{FunctionName}`
///
/// With a version as qualifier only that version goes.
extension LambdaService {
    func deleteFunction(_ call: APICall) async throws -> APIResponse {
        let arn = try qualifiedFunction(call)
        switch arn.qualifier {
        case .latest: throw LambdaError.latestCannotBeDeleted
        case .alias: throw LambdaError.aliasCannotBeDeletedAsVersion
        case .version(let number): try await deleteVersion(number, of: arn.unqualified)
        case nil: try await deleteWholeFunction(arn)
        }
        return .empty(status: 204)
    }

    /// A version that is not there is as good as deleted (recorded).
    private func deleteVersion(_ number: Int, of arn: FunctionARN) async throws {
        try await store.transaction { session in
            _ = try await session.function(arn)
            let users = try await session.aliases(of: arn).filter {
                $0.version == number || $0.additionalVersion?.version == number
            }
            guard users.isEmpty else { throw LambdaError.versionInUse(byAliases: users.map(\.name)) }
            session.delete(.functionVersion(number, of: arn.name, in: arn.scope))
            session.delete(.functionPolicy(.version(number), of: arn.name, in: arn.scope))
            session.delete(.functionEventInvoke(.version(number), of: arn.name, in: arn.scope))
            session.delete(.provisionedConcurrency(.version(number), of: arn.name, in: arn.scope))
        }
    }

    /// The function with its versions, aliases, all their resource policies and settings, in one transaction.
    private func deleteWholeFunction(_ arn: FunctionARN) async throws {
        try await store.transaction { session in
            _ = try await session.function(arn)
            var qualifiers: [Qualifier?] = [nil, .latest]
            for version in try await session.versions(of: arn) {
                session.delete(.functionVersion(version.version, of: arn.name, in: arn.scope))
                qualifiers.append(.version(version.version))
            }
            for alias in try await session.aliases(of: arn) {
                session.delete(.functionAlias(alias.name, of: arn.name, in: arn.scope))
                qualifiers.append(.alias(alias.name))
            }
            for qualifier in qualifiers {
                session.delete(.functionPolicy(qualifier, of: arn.name, in: arn.scope))
                guard let qualifier else { continue }
                session.delete(.functionEventInvoke(qualifier, of: arn.name, in: arn.scope))
                session.delete(.provisionedConcurrency(qualifier, of: arn.name, in: arn.scope))
            }
            session.delete(.functionConcurrency(arn.name, in: arn.scope))
            session.delete(.function(arn.name, in: arn.scope))
        }
    }
}
