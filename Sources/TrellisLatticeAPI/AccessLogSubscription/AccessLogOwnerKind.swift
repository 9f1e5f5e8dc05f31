import TrellisAPI
import TrellisModel
import TrellisStore

/// A kind of resource that may have access log subscriptions.
struct AccessLogOwnerKind: Sendable {
    /// What may have subscriptions: a kind, and how a subscription finds the ARN of a resource that takes one.
    static let all = [
        AccessLogOwnerKind(ServiceNetworkKind.self, logsByType: true) { try await $0.serviceNetwork($1, in: $2).arn },
        AccessLogOwnerKind(ServiceKind.self) { try await $0.liveService($1, in: $2).arn },
        AccessLogOwnerKind(ResourceConfigurationKind.self) {
            try await $0.liveResourceConfiguration($1, in: $2).arn
        },
    ]

    /// Whether there is a log of services and another one of resources.
    let logsByType: Bool
    private let idPrefix: String
    private let readID: @Sendable (_ identifier: String, APICall) throws -> String
    private let readOwner: @Sendable (_ id: String, StoreSession, Scope) async throws -> AccessLogOwner

    private init<Kind: ResourceKind>(
        _ kind: Kind.Type, logsByType: Bool = false,
        arn: @escaping @Sendable (StoreSession, ResourceID<Kind>, Scope) async throws -> String
    ) {
        self.logsByType = logsByType
        idPrefix = Kind.idPrefix + "-"
        readID = { identifier, call in try call.id(identifier, of: kind).rawValue }
        readOwner = { text, session, scope in
            guard let id = ResourceID<Kind>(text) else { throw LatticeError.unknownAccessLogOwner(text) }
            return AccessLogOwner(id, arn: try await arn(session, id, scope))
        }
    }

    /// The kind of the resource that an identifier of the right form names.
    ///
    /// - Throws: ResourceNotFoundException for a kind of which there are no resources.
    init(of identifier: String) throws {
        let id = identifier.split(separator: "/").last ?? ""
        guard let kind = Self.all.first(where: { id.hasPrefix($0.idPrefix) }) else {
            throw LatticeError.unknownAccessLogOwner(identifier)
        }
        self = kind
    }

    /// - Throws: As ``TrellisAPI/APICall/id(_:of:)`` for an ARN of another account, Region or partition.
    func id(_ identifier: String, for call: APICall) throws -> String { try readID(identifier, call) }

    /// - Throws: ResourceNotFoundException, or ConflictException for a resource that is being deleted.
    func owner(_ id: String, in session: StoreSession, _ scope: Scope) async throws -> AccessLogOwner {
        try await readOwner(id, session, scope)
    }
}

extension LatticeError {
    fileprivate static func unknownAccessLogOwner(_ identifier: String) -> LatticeError {
        .notFound(ResourceReference(id: identifier, type: "RESOURCE"))
    }
}
