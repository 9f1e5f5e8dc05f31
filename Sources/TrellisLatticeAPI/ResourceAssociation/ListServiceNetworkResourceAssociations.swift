import TrellisAPI
import TrellisModel
import TrellisStore

/// Filtered by network, configuration or both; with `includeChildren` the children of an associated group follow it.
enum ListServiceNetworkResourceAssociations: LatticeOperation {
    static let name = "ListServiceNetworkResourceAssociations"
    static let method = "GET"
    static let path = "/servicenetworkresourceassociations"

    struct Input {
        var network: String?
        var configuration: String?
        var includesChildren: Bool
        var page: PageRequest

        init(_ reader: InputReader) {
            network = reader.queryString("serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
            configuration = reader.queryString(
                "resourceConfigurationIdentifier", as: LatticeShapes.resourceConfigurationIdentifier)
            includesChildren = reader.queryFlag("includeChildren") ?? false
            page = reader.page()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let network = try call.sharedFilter(input.network, of: ServiceNetworkKind.self)
        let configuration = try call.sharedFilter(input.configuration, of: ResourceConfigurationKind.self)
        let lookup = Lookup(reader: context.reader, scope: call.scope)
        let last = try input.page.lastID
        let ids = try await lookup.associations(
            of: network.ids, with: configuration.ids, from: last, limit: input.page.limit)
        let known = try await lookup.association(ids.first.flatMap(ResourceAssociationID.init))
        try configuration.requireOwner(known?.ownerOfConfiguration, for: call)
        try network.requireOwner(known?.ownerOfNetwork, for: call)
        var entries: [String] = []
        for id in ids.sorted() where last.map({ id >= Entry.association(of: $0) }) ?? true {
            let children = input.includesChildren ? try await lookup.children(of: id) : []
            entries += ([id] + children.map { id + $0 }).filter { entry in last.map { entry > $0 } ?? true }
            if entries.count > input.page.limit { break }
        }
        return try await input.page.answer(ids: entries) { try await lookup.summaryJSON(of: Entry($0)) }
    }
}

/// An association by its id, or a child of an associated group by the ids of association and child in one.
private struct Entry {
    var association: ResourceAssociationID?
    var child: ResourceConfigurationID?

    init(_ text: String) {
        association = ResourceAssociationID(Self.association(of: text))
        child = ResourceConfigurationID(String(text.dropFirst(ResourceAssociationID.length)))
    }

    static func association(of text: String) -> String { String(text.prefix(ResourceAssociationID.length)) }
}

/// What one list reads.
private struct Lookup {
    let reader: PlainReader
    let scope: Scope

    /// The ids that the index has for one of the two, or for the pair; without either, those that one page needs.
    func associations(
        of network: IDFilter<ServiceNetworkKind>, with configuration: IDFilter<ResourceConfigurationKind>,
        from last: String?, limit: Int
    ) async throws -> [String] {
        let keys = IndexKeys(scope)
        switch (network, configuration) {
        case (.nothing, _), (_, .nothing):
            return []
        case (.only(let network), .only(let configuration)):
            let key = keys.resourceAssociation(of: network, with: configuration)
            return try await reader.get(IndexRecord.self, at: key).map { [$0.id] } ?? []
        case (.only(let network), .everything):
            return try await reader.list(IndexRecord.self, under: keys.resourceAssociations(of: network)).map(\.id)
        case (.everything, .only(let configuration)):
            return try await reader.list(IndexRecord.self, under: keys.resourceAssociations(of: configuration))
                .map(\.id)
        case (.everything, .everything):
            return try await page(from: last.map(Entry.association), limit: limit)
        }
    }

    /// The association where the page before ended, whose children may not all have been shown, and those after it.
    private func page(from id: String?, limit: Int) async throws -> [String] {
        let prefix = StoreKey.all(.resourceAssociation, in: scope)
        let after = id.map { StoreKey(path: prefix.path + $0) }
        let entries = try await reader.store.range(under: prefix, after: after, limit: limit + 1).entries
        return [id].compactMap(\.self) + entries.map { String($0.key.path.dropFirst(prefix.path.count)) }
    }

    /// The children of the associated group; none if it is not one.
    func children(of id: String) async throws -> [String] {
        guard let association = try await association(Entry(id).association) else { return [] }
        let prefix = IndexKeys(association.ownerOfConfiguration).children(of: association.resourceConfiguration)
        return try await reader.list(IndexRecord.self, under: prefix).map(\.id)
    }

    func summaryJSON(of entry: Entry) async throws -> JSONValue? {
        guard let association = try await association(entry.association) else { return nil }
        return try await reader.view(association, child: entry.child)?.summaryJSON
    }

    func association(_ id: ResourceAssociationID?) async throws -> ResourceAssociationRecord? {
        guard let id else { return nil }
        return try await reader.get(ResourceAssociationRecord.self, at: .resourceAssociation(id, in: scope))
    }
}
