import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2015-03-31/functions`
///
/// One answer holds at most 50 entries, in the order of names, versions ascending after `$LATEST`.
extension LambdaService {
    func listFunctions(_ call: APICall) async throws -> APIResponse {
        let input = try call.read(ListFunctionsInput.init)
        guard input.masterRegion == nil else { throw LambdaError.unsupportedMembers(["MasterRegion"]) }
        var entries = try await latestEntries(in: call.scope, qualified: input.allVersions)
        if input.allVersions {
            entries += try await versionEntries(in: call.scope)
            entries.sort { $0.position < $1.position }
        }
        let page = try listPage(of: entries, input.paging, position: \.position)
        return .json(
            .object(omittingNil: [
                "Functions": .array(page.items.map { $0.view.json(.listed) }),
                "NextMarker": .optional(page.nextToken),
            ]))
    }

    private func latestEntries(in scope: Scope, qualified: Bool) async throws -> [FunctionListEntry] {
        try await store.records(FunctionRecord.self, under: .all(.function, in: scope)).map {
            FunctionListEntry(FunctionView($0, shownAs: qualified ? .latest : nil))
        }
    }

    private func versionEntries(in scope: Scope) async throws -> [FunctionListEntry] {
        try await store.records(FunctionVersionRecord.self, under: .all(.functionVersion, in: scope)).map {
            FunctionListEntry(FunctionView($0, shownAs: .version($0.version)))
        }
    }
}

/// An entry of a list of functions or versions and its place in it.
struct FunctionListEntry {
    var view: FunctionView

    init(_ view: FunctionView) {
        self.view = view
    }

    /// The name, then the version with `$LATEST` as zero; a space comes before every character of a name.
    var position: String {
        guard case .version(let number) = view.version else { return "\(view.arn.name) " }
        let digits = String(number)
        return "\(view.arn.name) " + String(repeating: "0", count: max(0, 19 - digits.count)) + digits
    }
}

private struct ListFunctionsInput {
    var allVersions: Bool
    var masterRegion: String?
    var paging: ListPaging

    init(_ reader: InputReader) {
        let versions = reader.queryString("FunctionVersion")
        if let versions, versions != "ALL" {
            reader.report("FunctionVersion", value: versions, "Member must satisfy enum value set: [ALL]")
        }
        allVersions = versions != nil
        masterRegion = reader.queryString("MasterRegion")
        paging = ListPaging(reader, most: 50)
    }
}
