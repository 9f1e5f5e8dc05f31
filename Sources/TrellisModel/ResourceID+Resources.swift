/// Ids of the resources that are reached through resource gateways.
package enum ResourceGatewayKind: ResourceKind {
    package static let idPrefix = "rgw"
    package static let resourceType = "RESOURCE_GATEWAY"
}

package enum ResourceConfigurationKind: ResourceKind {
    package static let idPrefix = "rcfg"
    package static let resourceType = "RESOURCE_CONFIGURATION"
}

package enum ResourceAssociationKind: ResourceKind {
    package static let idPrefix = "snra"
    package static let resourceType = "SERVICE_NETWORK_RESOURCE_ASSOCIATION"
}

package enum ResourceEndpointAssociationKind: ResourceKind {
    package static let idPrefix = "rea"
    package static let resourceType = "RESOURCE_ENDPOINT_ASSOCIATION"
}

package enum DomainVerificationKind: ResourceKind {
    package static let idPrefix = "dv"
    package static let resourceType = "DOMAIN_VERIFICATION"
}

package typealias ResourceGatewayID = ResourceID<ResourceGatewayKind>
package typealias ResourceConfigurationID = ResourceID<ResourceConfigurationKind>
package typealias ResourceAssociationID = ResourceID<ResourceAssociationKind>
package typealias ResourceEndpointAssociationID = ResourceID<ResourceEndpointAssociationKind>
package typealias DomainVerificationID = ResourceID<DomainVerificationKind>

extension StoreKey {
    package static func resourceGateway(_ id: ResourceGatewayID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .resourceGateway, id.rawValue)
    }

    package static func resourceConfiguration(_ id: ResourceConfigurationID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .resourceConfiguration, id.rawValue)
    }

    package static func resourceAssociation(_ id: ResourceAssociationID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .resourceAssociation, id.rawValue)
    }

    package static func domainVerification(_ id: DomainVerificationID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .domainVerification, id.rawValue)
    }

    package static func vpcEndpoint(_ id: VpcEndpointID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .vpcEndpoint, id.rawValue)
    }
}
