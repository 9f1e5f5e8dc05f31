import NIOCore
import TrellisAPI
import TrellisModel
import TrellisStore

/// A resource of the API; all of them are made, read, changed, switched and deleted in the same way.
protocol RolesAnywhereResource: TaggedRolesAnywhereRecord {
    /// `trustanchor`, as paths are named.
    static var pathName: String { get }
    /// `trustAnchor`, as answers name one; with an `s` as they name several.
    static var memberName: String { get }
    static var createName: String { get }

    var isEnabled: Bool { get set }
    var updatedAt: Timestamp { get set }
    var members: [String: JSONValue?] { get }

    static func make(
        _ input: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> Self

    /// What has to be looked up before a change is made.
    ///
    /// - Throws: ValidationException or ResourceNotFoundException.
    func checkUpdate(_ input: [String: JSONValue], _ service: RolesAnywhereService) async throws

    mutating func update(_ input: [String: JSONValue]) throws
}

/// Something with an ARN of its own that has tags.
protocol TaggedRolesAnywhereRecord: CheckedRecord {
    /// As ARNs name the kind: `trust-anchor`.
    static var arnKind: String { get }
    /// As messages and operations name it: `TrustAnchor`.
    static var kindName: String { get }

    var scope: Scope { get }
    var id: String { get }
    var tags: [IdentityTag] { get set }
}

extension TaggedRolesAnywhereRecord {
    package var key: StoreKey { StoreKey(scope, Self.kind, id) }
}

extension RolesAnywhereResource {
    func checkUpdate(_ input: [String: JSONValue], _ service: RolesAnywhereService) async throws {}

    var json: JSONValue { .object([Self.memberName: .object(omittingNil: members)]) }
}

extension RolesAnywhereService {
    func operations<Resource: RolesAnywhereResource>(of type: Resource.Type) -> [APIOperation] {
        let (name, path) = (Resource.kindName, Resource.pathName)
        return [
            APIOperation("\(Resource.createName)\(name)", "POST", "/\(path)s") { call in
                let resource = try await Resource.make(try Self.input(call), call, self)
                try await store.transaction { try $0.insert(resource, at: resource.key) }
                return .json(resource.json, status: 201)
            },
            APIOperation("Get\(name)", "GET", "/\(path)/{id}") { call in
                .json(try await get(type, call).json)
            },
            APIOperation("List\(name)s", "GET", "/\(path)s") { call in try await list(type, call) },
            APIOperation("Update\(name)", "PATCH", "/\(path)/{id}") { call in
                let input = try Self.input(call)
                try await get(type, call).checkUpdate(input, self)
                return .json(try await change(type, call) { try $0.update(input) }.json)
            },
            APIOperation("Enable\(name)", "POST", "/\(path)/{id}/enable") { call in
                .json(try await change(type, call) { $0.isEnabled = true }.json)
            },
            APIOperation("Disable\(name)", "POST", "/\(path)/{id}/disable") { call in
                .json(try await change(type, call) { $0.isEnabled = false }.json)
            },
            APIOperation("Delete\(name)", "DELETE", "/\(path)/{id}") { call in
                let resource = try await get(type, call)
                try await store.transaction { $0.delete(resource.key) }
                return .json(resource.json)
            },
        ]
    }

    static func input(_ call: APICall) throws -> [String: JSONValue] {
        guard case .object(let members) = try JSONValue(parsing: call.body.readableBytesView) else {
            throw ProtocolError.malformedBody(reason: "The body must be a JSON object")
        }
        return members
    }

    func get<Resource: TaggedRolesAnywhereRecord>(
        _ type: Resource.Type, _ call: APICall
    ) async throws -> Resource {
        let id = call.labels["id"] ?? ""
        guard RolesAnywhereInput.isUUID(id),
            let resource = try await store.record(type, at: StoreKey(call.scope, Resource.kind, id))
        else { throw RolesAnywhereError.notFound("\(Resource.kindName) with id \(id.prefix(64)) not found") }
        return resource
    }

    func change<Resource: RolesAnywhereResource>(
        _ type: Resource.Type, _ call: APICall, _ change: (inout Resource) throws -> Void
    ) async throws -> Resource {
        let key = try await get(type, call).key
        return try await store.transaction { session in
            guard var resource = try await session.get(type, at: key) else {
                throw RolesAnywhereError.notFound("\(Resource.kindName) not found")
            }
            try change(&resource)
            resource.updatedAt = clock.now()
            try session.put(resource, at: key)
            return resource
        }
    }

    private func list<Resource: RolesAnywhereResource>(
        _ type: Resource.Type, _ call: APICall
    ) async throws -> APIResponse {
        let page = try await page(of: type, call)
        return .json(
            .object(omittingNil: [
                "\(Resource.memberName)s": .array(page.items.map { .object(omittingNil: $0.members) }),
                "nextToken": .optional(page.nextToken),
            ]))
    }

    /// - Throws: ValidationException.
    func page<Record: TaggedRolesAnywhereRecord>(of type: Record.Type, _ call: APICall) async throws -> Page<Record> {
        let size = call.query["pageSize"].map { Int($0) ?? 0 } ?? 100
        guard (1...1000).contains(size) else { throw RolesAnywhereError.validation("pageSize must be 1 to 1000") }
        let all = try await store.records(type, under: .all(Record.kind, in: call.scope))
        do {
            return try Pagination.page(all, after: call.query["nextToken"], limit: size, position: \.id)
        } catch {
            throw RolesAnywhereError.validation("nextToken is not one of an earlier answer")
        }
    }
}

extension RolesAnywhereService {
    /// A resource by its ARN, which must be of this account and Region.
    ///
    /// - Throws: ResourceNotFoundException.
    func find<Resource: TaggedRolesAnywhereRecord>(_ text: String, in scope: Scope) async throws -> Resource {
        guard let arn = ARN(text), arn.service == "rolesanywhere", arn.scope == scope,
            let id = RolesAnywhereInput.id(of: Resource.arnKind, in: arn),
            let resource = try await store.record(Resource.self, at: StoreKey(scope, Resource.kind, id))
        else { throw RolesAnywhereError.notFound("\(Resource.kindName) not found: \(text.prefix(200))") }
        return resource
    }
}
