import FoundationEssentials
import NIOCore
import SwiftASN1
import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore
import X509

/// A resource of the API; all of them are made, read, changed, switched and deleted in the same way.
protocol RolesAnywhereResource: CheckedRecord {
    /// `TrustAnchor`, as operations are named.
    static var kindName: String { get }
    /// `trustanchor`, as paths are named.
    static var pathName: String { get }
    /// `trustAnchor`, as answers name one; with an `s` as they name several.
    static var memberName: String { get }
    static var createName: String { get }

    var scope: Scope { get }
    var id: String { get }
    var isEnabled: Bool { get set }
    var updatedAt: Timestamp { get set }
    var members: [String: JSONValue?] { get }

    static func make(
        _ input: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> Self

    mutating func update(_ input: [String: JSONValue]) throws
}

extension RolesAnywhereResource {
    package var key: StoreKey { StoreKey(scope, Self.kind, id) }

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

    private static func input(_ call: APICall) throws -> [String: JSONValue] {
        guard case .object(let members) = try JSONValue(parsing: call.body.readableBytesView) else {
            throw ProtocolError.malformedBody(reason: "The body must be a JSON object")
        }
        return members
    }

    private func get<Resource: RolesAnywhereResource>(
        _ type: Resource.Type, _ call: APICall
    ) async throws -> Resource {
        let id = call.labels["id"] ?? ""
        guard RolesAnywhereInput.isUUID(id),
            let resource = try await store.record(type, at: StoreKey(call.scope, Resource.kind, id))
        else { throw RolesAnywhereError.notFound("\(Resource.kindName) with id \(id.prefix(64)) not found") }
        return resource
    }

    private func change<Resource: RolesAnywhereResource>(
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
        let size = call.query["pageSize"].map { Int($0) ?? 0 } ?? 100
        guard (1...1000).contains(size) else { throw RolesAnywhereError.validation("pageSize must be 1 to 1000") }
        let all = try await store.records(type, under: .all(Resource.kind, in: call.scope))
        do {
            let page = try Pagination.page(all, after: call.query["nextToken"], limit: size, position: \.id)
            return .json(
                .object(omittingNil: [
                    "\(Resource.memberName)s": .array(page.items.map { .object(omittingNil: $0.members) }),
                    "nextToken": .optional(page.nextToken),
                ]))
        } catch {
            throw RolesAnywhereError.validation("nextToken is not one of an earlier answer")
        }
    }
}

/// The members that inputs share.
struct RolesAnywhereInput {
    let members: [String: JSONValue]

    init(_ members: [String: JSONValue]) {
        self.members = members
    }

    static func isUUID(_ text: String) -> Bool {
        text.utf8.count == 36 && text.utf8.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) || $0 == 0x2D }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// - Source: the shape ResourceName of the service model: 1 to 255 of `[ a-zA-Z0-9-_]`.
    func name() throws -> String? {
        guard let value = members["name"] else { return nil }
        guard let text = value.text, (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                Self.isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || " -_".utf8.contains(byte)
            })
        else { throw RolesAnywhereError.validation("name must satisfy [ a-zA-Z0-9-_]* and have 1 to 255 characters") }
        return text
    }

    func required<Value>(_ value: Value?, _ name: String) throws -> Value {
        guard let value else { throw RolesAnywhereError.validation("\(name) is required") }
        return value
    }

    func flag(_ name: String) throws -> Bool? {
        switch members[name] {
        case nil: return nil
        case .boolean(let flag)?: return flag
        default: throw RolesAnywhereError.validation("\(name) must be true or false")
        }
    }

    /// Refuses what this Trellis does not do.
    func refuse(_ names: String...) throws {
        for name in names where members[name] != nil {
            throw RolesAnywhereError.validation("\(name) is not supported by this Trellis")
        }
    }

    func tags() throws -> [IdentityTag] {
        guard case .array(let items)? = members["tags"] else { return [] }
        guard items.count <= 200 else { throw RolesAnywhereError.tooManyTags("A resource has at most 200 tags") }
        return try items.map { item in
            guard let key = item["key"]?.text, let value = item["value"]?.text, IAMShape.tagKey.accepts(key),
                IAMShape.tagValue.accepts(value)
            else { throw RolesAnywhereError.validation("tags must have keys and values of the allowed characters") }
            return IdentityTag(key: key, value: value)
        }
    }

    /// The certificates of a `source`, each of which must be able to issue others.
    func certificates() throws -> String? {
        guard let source = members["source"] else { return nil }
        guard source["sourceType"]?.text == "CERTIFICATE_BUNDLE" else {
            throw RolesAnywhereError.validation("source.sourceType must be CERTIFICATE_BUNDLE")
        }
        guard let text = source["sourceData"]?["x509CertificateData"]?.text, text.utf8.count <= 16_000 else {
            throw RolesAnywhereError.validation("x509CertificateData must be at most 16000 characters of PEM")
        }
        for certificate in try Self.authorities(in: text) {
            guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints,
                (try? certificate.extensions.keyUsage).flatMap(\.self)?.keyCertSign ?? false
            else { throw RolesAnywhereError.validation("Incorrect basic constraints for CA certificate") }
        }
        return text
    }

    /// - Throws: ValidationException if there is no certificate, or something else.
    static func authorities(in text: String) throws -> [Certificate] {
        guard let documents = try? PEMDocument.parseMultiple(pemString: text), !documents.isEmpty,
            let certificates = try? documents.map({ try Certificate(pemDocument: $0) })
        else { throw RolesAnywhereError.validation("Unable to parse x509CertificateData") }
        return certificates
    }
}

extension TrustAnchorRecord: RolesAnywhereResource {
    static let kindName = "TrustAnchor"
    static let pathName = "trustanchor"
    static let memberName = "trustAnchor"
    static let createName = "Create"

    var members: [String: JSONValue?] {
        [
            "trustAnchorId": .string(id), "trustAnchorArn": .string(arn), "name": .string(name),
            "enabled": .boolean(isEnabled),
            "source": .object([
                "sourceType": "CERTIFICATE_BUNDLE",
                "sourceData": .object(["x509CertificateData": .string(certificates)]),
            ]),
            "createdAt": .string(createdAt.iso8601Seconds), "updatedAt": .string(updatedAt.iso8601Seconds),
        ]
    }

    static func make(
        _ members: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> TrustAnchorRecord {
        let input = RolesAnywhereInput(members)
        try input.refuse("notificationSettings")
        return TrustAnchorRecord(
            scope: call.scope, id: service.random.uuid(), name: try input.required(try input.name(), "name"),
            certificates: try input.required(try input.certificates(), "source"),
            isEnabled: try input.flag("enabled") ?? true, tags: try input.tags(), createdAt: service.clock.now())
    }

    mutating func update(_ members: [String: JSONValue]) throws {
        let input = RolesAnywhereInput(members)
        name = try input.name() ?? name
        certificates = try input.certificates() ?? certificates
    }
}

extension RolesAnywhereProfileRecord: RolesAnywhereResource {
    static let kindName = "Profile"
    static let pathName = "profile"
    static let memberName = "profile"
    static let createName = "Create"

    var members: [String: JSONValue?] {
        [
            "profileId": .string(id), "profileArn": .string(arn), "name": .string(name),
            "enabled": .boolean(isEnabled), "roleArns": .array(roleARNs.map(JSONValue.string)),
            "sessionPolicy": .optional(sessionPolicy),
            "managedPolicyArns": .array(managedPolicyARNs.map(JSONValue.string)),
            "durationSeconds": .integer(Int64(durationSeconds)),
            "requireInstanceProperties": .boolean(requiresInstanceProperties),
            "acceptRoleSessionName": .boolean(acceptsRoleSessionName), "createdBy": .string(createdBy),
            "createdAt": .string(createdAt.iso8601Seconds), "updatedAt": .string(updatedAt.iso8601Seconds),
        ]
    }

    static func make(
        _ members: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> RolesAnywhereProfileRecord {
        let input = RolesAnywhereInput(members)
        var profile = RolesAnywhereProfileRecord(
            scope: call.scope, id: service.random.uuid(), name: try input.required(try input.name(), "name"),
            roleARNs: [], durationSeconds: 3600, isEnabled: try input.flag("enabled") ?? true,
            createdBy: call.caller.principalARN, tags: try input.tags(), createdAt: service.clock.now())
        _ = try input.required(members["roleArns"], "roleArns")
        profile.requiresInstanceProperties = try input.flag("requireInstanceProperties") ?? false
        try profile.update(members)
        return profile
    }

    mutating func update(_ members: [String: JSONValue]) throws {
        let input = RolesAnywhereInput(members)
        name = try input.name() ?? name
        acceptsRoleSessionName = try input.flag("acceptRoleSessionName") ?? acceptsRoleSessionName
        if let arns = members["roleArns"]?.texts {
            guard arns.count <= 250, arns.allSatisfy({ RoleRecord.identifier(inARN: $0) != nil }) else {
                throw RolesAnywhereError.validation("roleArns must be at most 250 ARNs of roles")
            }
            roleARNs = arns
        }
        if let arns = members["managedPolicyArns"]?.texts {
            guard arns.count <= 50, arns.allSatisfy({ (try? PolicyARN($0)) != nil }) else {
                throw RolesAnywhereError.validation("managedPolicyArns must be at most 50 ARNs of policies")
            }
            managedPolicyARNs = arns
        }
        if let text = members["sessionPolicy"]?.text {
            do {
                _ = try PolicyParser(.identityPolicy).parse(text)
            } catch {
                throw RolesAnywhereError.validation("sessionPolicy: \(error.message)")
            }
            guard text.unicodeScalars.count <= 2048 else {
                throw RolesAnywhereError.validation("sessionPolicy must be at most 2048 characters")
            }
            sessionPolicy = text
        }
        if let value = members["durationSeconds"] {
            guard case .integer(let seconds) = value, (900...43_200).contains(seconds) else {
                throw RolesAnywhereError.validation("durationSeconds must be 900 to 43200")
            }
            durationSeconds = Int(seconds)
        }
    }
}

extension RevocationListRecord: RolesAnywhereResource {
    static let kindName = "Crl"
    static let pathName = "crl"
    static let memberName = "crl"
    static let createName = "Import"

    var members: [String: JSONValue?] {
        [
            "crlId": .string(id), "crlArn": .string(arn), "name": .string(name), "enabled": .boolean(isEnabled),
            "crlData": .string(data), "trustAnchorArn": .string(trustAnchorARN),
            "createdAt": .string(createdAt.iso8601Seconds), "updatedAt": .string(updatedAt.iso8601Seconds),
        ]
    }

    static func make(
        _ members: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> RevocationListRecord {
        let input = RolesAnywhereInput(members)
        let anchorARN = try input.required(members["trustAnchorArn"]?.text, "trustAnchorArn")
        let anchor: TrustAnchorRecord = try await service.find(anchorARN, in: call.scope)
        let data = try input.required(members["crlData"]?.text, "crlData")
        let list = try read(data)
        guard list.isSigned(byOneOf: try RolesAnywhereInput.authorities(in: anchor.certificates)) else {
            throw RolesAnywhereError.validation("The CRL is not signed by the trust anchor")
        }
        return RevocationListRecord(
            scope: call.scope, id: service.random.uuid(), name: try input.required(try input.name(), "name"),
            data: data, trustAnchorARN: anchorARN, isEnabled: try input.flag("enabled") ?? true,
            tags: try input.tags(), createdAt: service.clock.now())
    }

    mutating func update(_ members: [String: JSONValue]) throws {
        let input = RolesAnywhereInput(members)
        name = try input.name() ?? name
        if let text = members["crlData"]?.text {
            _ = try Self.read(text)
            data = text
        }
    }

    /// - Throws: ValidationException.
    static func read(_ text: String) throws -> RevocationList {
        guard text.utf8.count <= 400_000, let bytes = Data(base64Encoded: text),
            let list = try? RevocationList(parsing: Array(bytes))
        else { throw RolesAnywhereError.validation("Unable to parse crlData") }
        return list
    }
}

extension RolesAnywhereService {
    /// A resource by its ARN, which must be of this account and Region.
    ///
    /// - Throws: ResourceNotFoundException.
    func find<Resource: RolesAnywhereResource>(_ text: String, in scope: Scope) async throws -> Resource {
        guard let arn = ARN(text), arn.service == "rolesanywhere", arn.scope == scope,
            let id = arn.resource.split(separator: "/").last.map(String.init), RolesAnywhereInput.isUUID(id),
            let resource = try await store.record(Resource.self, at: StoreKey(scope, Resource.kind, id))
        else { throw RolesAnywhereError.notFound("\(Resource.kindName) not found: \(text.prefix(200))") }
        return resource
    }
}
