import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2015-03-31/functions/{FunctionName}/versions`
///
/// `$LATEST` first, then the versions ascending, at most 50 in one answer; every ARN is qualified.
extension LambdaService {
    func listVersionsByFunction(_ call: APICall) async throws -> APIResponse {
        let (identifier, paging) = try call.read { reader in
            (reader.functionLabel(.namespaced, in: call.scope), ListPaging(reader, most: 50))
        }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        let entries = try await store.transaction { session in
            let latest = FunctionView(try await session.function(arn), shownAs: .latest)
            let versions = try await session.versions(of: arn).map {
                FunctionView($0, shownAs: .version($0.version))
            }
            return ([latest] + versions).map(FunctionListEntry.init)
        }
        let page = try listPage(of: entries, paging, position: \.position)
        return .json(
            .object(omittingNil: [
                "Versions": .array(page.items.map { $0.view.json(.listed) }),
                "NextMarker": .optional(page.nextToken),
            ]))
    }
}
