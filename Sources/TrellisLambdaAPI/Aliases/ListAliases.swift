import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2015-03-31/functions/{FunctionName}/aliases`
///
/// With `FunctionVersion` only the aliases that invoke this version, as the main or the additional one.
extension LambdaService {
    func listAliases(_ call: APICall) async throws -> APIResponse {
        let (identifier, version, paging) = try call.read { reader in
            (
                reader.functionLabel(.function, in: call.scope),
                reader.queryString("FunctionVersion", length: 1...1024, pattern: LambdaPatterns.version),
                ListPaging(reader, most: 10_000)
            )
        }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        let aliases = try await store.transaction { session in
            _ = try await session.function(arn)
            return try await session.aliases(of: arn)
        }
        let chosen = aliases.filter { alias in
            guard let version else { return true }
            return (alias.version.map(String.init) ?? "$LATEST") == version
                || alias.additionalVersion.map { String($0.version) } == version
        }
        let page = try listPage(of: chosen, paging, position: \.name)
        return .json(
            .object(omittingNil: [
                "Aliases": .array(page.items.map(AliasView.json)),
                "NextMarker": .optional(page.nextToken),
            ]))
    }
}
