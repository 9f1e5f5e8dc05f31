import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2018-10-31/layers` and `GET /2018-10-31/layers/{LayerName}/versions`
///
/// At most 50 in one answer.
extension LambdaService {
    /// Layers in the order of their names, each with its latest version of those that suit.
    func listLayers(_ call: APICall) async throws -> APIResponse {
        let (filter, paging) = try call.read { (LayerFilter($0), ListPaging($0, most: 50, asked: 1...50)) }
        let records = try await store.records(LayerVersionRecord.self, under: .all(.layerVersion, in: call.scope))
        // Ascending: what is read last is the latest.
        let latest = Dictionary(records.filter(filter.allows).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let layers = latest.values.sorted { $0.name.rawValue < $1.name.rawValue }
        let page = try listPage(of: layers, paging, position: \.name.rawValue)
        return .json(
            .object(omittingNil: [
                "Layers": .array(page.items.map(Self.entry)), "NextMarker": .optional(page.nextToken),
            ]))
    }

    /// The latest first; none of a layer that does not exist (recorded).
    func listLayerVersions(_ call: APICall) async throws -> APIResponse {
        let (identifier, filter, paging) = try call.read { reader in
            (LayerIdentifier(reader), LayerFilter(reader), ListPaging(reader, most: 50, asked: 1...50))
        }
        var versions: [LayerVersionRecord] = []
        if let layer = identifier.resolve(in: call.scope) {
            guard layer.scope == call.scope else { throw LambdaError.otherAccount }
            versions = try await store.records(
                LayerVersionRecord.self, under: .all(.layerVersion, in: layer.scope, under: layer.name.rawValue))
        }
        let page = try listPage(of: versions.filter(filter.allows).reversed(), paging) { version in
            // Descending numbers as ascending texts of one length.
            String(Int.max - version.version)
        }
        return .json(
            .object(omittingNil: [
                "LayerVersions": .array(page.items.map { LayerView(record: $0).listed }),
                "NextMarker": .optional(page.nextToken),
            ]))
    }

    private static func entry(_ latest: LayerVersionRecord) -> JSONValue {
        .object([
            "LayerName": .string(latest.name.rawValue), "LayerArn": .string(latest.arn.layer.description),
            "LatestMatchingVersion": LayerView(record: latest).listed,
        ])
    }
}

/// Which versions a list is asked for.
private struct LayerFilter {
    var runtime: String?
    var architecture: String?

    init(_ reader: InputReader) {
        func choice(_ name: String, of allowed: [String]) -> String? {
            let text = reader.queryString(name)
            if let text, !allowed.contains(text) {
                reader.report(
                    name, value: text,
                    "Member must satisfy enum value set: [\(allowed.joined(separator: ", "))]")
            }
            return text
        }
        runtime = choice("CompatibleRuntime", of: FunctionRuntimes.known)
        architecture = choice("CompatibleArchitecture", of: ["x86_64", "arm64"])
    }

    func allows(_ version: LayerVersionRecord) -> Bool {
        if let runtime, version.compatibleRuntimes?.contains(runtime) != true { return false }
        if let architecture, version.compatibleArchitectures?.contains(architecture) != true { return false }
        return true
    }
}
