/// The id of an EC2 VPC endpoint: `vpce-` and 17 lower-case hexadecimal digits.
///
/// - Source: the `VpcEndpointId` shape of the vpc-lattice service model.
package struct VpcEndpointID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// - Returns: `nil` if the text does not have the form.
    package init?(_ rawValue: String) {
        let body = rawValue.utf8.dropFirst(5)
        guard rawValue.hasPrefix("vpce-"), body.count == 17,
            body.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

extension VpcEndpointID: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "an id of the form vpce-…", VpcEndpointID.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// A VPC endpoint that the operator declares, since there is no EC2 here that makes them.
package struct VpcEndpoint: Codable, Hashable, Sendable {
    package enum Target: Codable, Hashable, Sendable {
        case serviceNetwork(ServiceNetworkID)
        case resourceConfiguration(ResourceConfigurationID)
    }

    package var id: VpcEndpointID
    package var vpc: String
    package var owner: AccountID
    package var target: Target
    /// The account and Region of the target.
    package var scope: Scope

    package init(id: VpcEndpointID, vpc: String, owner: AccountID, target: Target, scope: Scope) {
        self.id = id
        self.vpc = vpc
        self.owner = owner
        self.target = target
        self.scope = scope
    }
}

/// A declared endpoint and its association with the target.
package struct VpcEndpointRecord: StoredRecord, Equatable {
    package var endpoint: VpcEndpoint
    /// Only shown where the target is a resource configuration.
    package var association: ResourceEndpointAssociationID
    /// Set by DeleteResourceEndpointAssociation; the declaration alone does not bring the association back.
    package var isDisassociated: Bool
    package var createdAt: Timestamp

    package init(
        endpoint: VpcEndpoint, association: ResourceEndpointAssociationID, isDisassociated: Bool, createdAt: Timestamp
    ) {
        self.endpoint = endpoint
        self.association = association
        self.isDisassociated = isDisassociated
        self.createdAt = createdAt
    }

    /// - Returns: `nil` for an endpoint of a service network, and for one whose association was deleted.
    package var resourceConfiguration: ResourceConfigurationID? {
        guard case .resourceConfiguration(let id) = endpoint.target, !isDisassociated else { return nil }
        return id
    }
}
