/// A resource that a policy is attached to.
package enum PolicyResource: Hashable, Sendable {
    case serviceNetwork(ServiceNetworkID)
    case service(ServiceID)
    /// Has resource policies only.
    case resourceConfiguration(ResourceConfigurationID)

    /// - Returns: `nil` unless the text is an id of one of these kinds.
    package init?(id: String) {
        if let id = ServiceNetworkID(id) {
            self = .serviceNetwork(id)
        } else if let id = ServiceID(id) {
            self = .service(id)
        } else if let id = ResourceConfigurationID(id) {
            self = .resourceConfiguration(id)
        } else {
            return nil
        }
    }

    package var id: String {
        switch self {
        case .serviceNetwork(let id): id.rawValue
        case .service(let id): id.rawValue
        case .resourceConfiguration(let id): id.rawValue
        }
    }
}

extension PolicyResource: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "the id of a resource with policies", PolicyResource.init(id:))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(id)
    }
}

/// The auth policy of a service network or a service.
package struct AuthPolicyRecord: StoredRecord, Equatable {
    package var resource: PolicyResource
    package var scope: Scope
    /// The document as it was given.
    package var policy: String
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp

    package init(
        resource: PolicyResource, scope: Scope, policy: String, createdAt: Timestamp, lastUpdatedAt: Timestamp
    ) {
        self.resource = resource
        self.scope = scope
        self.policy = policy
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
    }
}

/// The policy that shares a resource with other accounts.
package struct ResourcePolicyRecord: StoredRecord, Equatable {
    package var resource: PolicyResource
    package var scope: Scope
    /// The document as it was given.
    package var policy: String

    package init(resource: PolicyResource, scope: Scope, policy: String) {
        self.resource = resource
        self.scope = scope
        self.policy = policy
    }
}

extension StoreKey {
    package static func authPolicy(of resource: PolicyResource, in scope: Scope) -> StoreKey {
        StoreKey(scope, .authPolicy, resource.id)
    }

    package static func resourcePolicy(of resource: PolicyResource, in scope: Scope) -> StoreKey {
        StoreKey(scope, .resourcePolicy, resource.id)
    }
}
