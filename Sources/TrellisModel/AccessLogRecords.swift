package enum AccessLogSubscriptionKind: ResourceKind {
    package static let idPrefix = "als"
    package static let resourceType = "ACCESS_LOG_SUBSCRIPTION"
}

package typealias AccessLogSubscriptionID = ResourceID<AccessLogSubscriptionKind>

/// Which traffic of a service network a subscription logs.
package enum ServiceNetworkLogType: String, Codable, Sendable, CaseIterable {
    case service = "SERVICE"
    case resource = "RESOURCE"
}

/// The resource whose traffic a subscription logs: a service network, a service or a resource configuration.
package struct AccessLogOwner: Codable, Hashable, Sendable {
    package private(set) var id: String
    package private(set) var arn: String

    package init<Kind: ResourceKind>(_ id: ResourceID<Kind>, arn: String) {
        self.id = id.rawValue
        self.arn = arn
    }
}

/// Where a subscription sends its log, and how its answers show it.
package struct AccessLogSubscriptionRecord: StoredRecord, Equatable {
    package var id: AccessLogSubscriptionID
    package var scope: Scope
    package var owner: AccessLogOwner
    /// As it was given; its form is that of an ``AccessLogDestination``.
    package var destinationARN: String
    /// `nil` unless the owner is a service network.
    package var serviceNetworkLogType: ServiceNetworkLogType?
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: AccessLogSubscriptionID, scope: Scope, owner: AccessLogOwner, destinationARN: String,
        serviceNetworkLogType: ServiceNetworkLogType?, createdAt: Timestamp, lastUpdatedAt: Timestamp,
        tags: [String: String]
    ) {
        self.id = id
        self.scope = scope
        self.owner = owner
        self.destinationARN = destinationARN
        self.serviceNetworkLogType = serviceNetworkLogType
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}

extension StoreKey {
    package static func accessLogSubscription(_ id: AccessLogSubscriptionID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .accessLogSubscription, id.rawValue)
    }
}
