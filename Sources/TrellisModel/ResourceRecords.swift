/// Which addresses a resource gateway, or a resource behind a domain name, has.
package enum ResourceIPAddressType: String, Codable, Sendable, CaseIterable {
    case ipv4 = "IPV4"
    case ipv6 = "IPV6"
    case dualstack = "DUALSTACK"
}

/// Where the domain names of resources behind a gateway are resolved.
package enum ResourceDNSResolution: String, Codable, Sendable, CaseIterable {
    case inVPC = "IN_VPC"
    case `public` = "PUBLIC"
}

/// The way into the VPC of resources.
package struct ResourceGatewayRecord: StoredRecord, Equatable {
    package var id: ResourceGatewayID
    package var scope: Scope
    package var name: String
    package var vpc: String
    package var subnets: [String]
    package var securityGroups: [String]
    package var ipAddressType: ResourceIPAddressType
    /// 1 to 62; `nil` for a gateway without IPv4 addresses.
    package var ipv4AddressesPerENI: Int?
    package var dnsResolution: ResourceDNSResolution
    package var status: LifecycleStatus
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: ResourceGatewayID, scope: Scope, name: String, vpc: String, subnets: [String], securityGroups: [String],
        ipAddressType: ResourceIPAddressType, ipv4AddressesPerENI: Int?, dnsResolution: ResourceDNSResolution,
        status: LifecycleStatus, createdAt: Timestamp, lastUpdatedAt: Timestamp, tags: [String: String]
    ) {
        self.id = id
        self.scope = scope
        self.name = name
        self.vpc = vpc
        self.subnets = subnets
        self.securityGroups = securityGroups
        self.ipAddressType = ipAddressType
        self.ipv4AddressesPerENI = ipv4AddressesPerENI
        self.dnsResolution = dnsResolution
        self.status = status
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}

package enum ResourceConfigurationType: String, Codable, Sendable, CaseIterable {
    case group = "GROUP"
    case child = "CHILD"
    case single = "SINGLE"
    case arn = "ARN"
}

package enum ResourceProtocol: String, Codable, Sendable, CaseIterable {
    case tcp = "TCP"
}

/// What a resource configuration stands for.
package enum ResourceDefinition: Codable, Hashable, Sendable {
    case dns(domainName: String, ResourceIPAddressType)
    case ip(String)
    case arn(String)
}

package struct ResourceConfigurationRecord: StoredRecord, Equatable {
    package var id: ResourceConfigurationID
    package var scope: Scope
    package var name: String
    package var type: ResourceConfigurationType
    /// For a child, the gateway of its group.
    package var gateway: ResourceGatewayID
    /// Only a child has one.
    package var group: ResourceConfigurationID?
    /// A group has none.
    package var definition: ResourceDefinition?
    /// `80` or `1-65535`; empty for an ARN and for a group that does not restrict its children.
    package var portRanges: [String]
    /// For a child, the protocol of its group; an ARN has none.
    package var `protocol`: ResourceProtocol?
    /// `nil` for a child: its group decides.
    package var allowsShareableServiceNetwork: Bool?
    package var customDomainName: String?
    /// Only of a group: the domain above the custom domain names of its children.
    package var groupDomain: String?
    /// Of the custom domain or the group domain; a child has the one of its group.
    package var domainVerification: DomainVerificationID?
    package var status: LifecycleStatus
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: ResourceConfigurationID, scope: Scope, name: String, type: ResourceConfigurationType,
        gateway: ResourceGatewayID, group: ResourceConfigurationID?, definition: ResourceDefinition?,
        portRanges: [String], protocol: ResourceProtocol?, allowsShareableServiceNetwork: Bool?,
        customDomainName: String?, groupDomain: String?, domainVerification: DomainVerificationID?,
        status: LifecycleStatus, createdAt: Timestamp, lastUpdatedAt: Timestamp, tags: [String: String]
    ) {
        self.id = id
        self.scope = scope
        self.name = name
        self.type = type
        self.gateway = gateway
        self.group = group
        self.definition = definition
        self.portRanges = portRanges
        self.protocol = `protocol`
        self.allowsShareableServiceNetwork = allowsShareableServiceNetwork
        self.customDomainName = customDomainName
        self.groupDomain = groupDomain
        self.domainVerification = domainVerification
        self.status = status
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}

/// The association of a resource configuration with a service network.
package struct ResourceAssociationRecord: StoredRecord, Equatable {
    package var id: ResourceAssociationID
    package var scope: Scope
    package var createdBy: AccountID
    package var serviceNetwork: ServiceNetworkID
    package var resourceConfiguration: ResourceConfigurationID
    /// The owners of the service network and the configuration, if they are not the association's own account.
    package var serviceNetworkScope: Scope?
    package var resourceConfigurationScope: Scope?
    package var isPrivateDNSEnabled: Bool
    package var status: LifecycleStatus
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: ResourceAssociationID, scope: Scope, createdBy: AccountID, serviceNetwork: ServiceNetworkID,
        resourceConfiguration: ResourceConfigurationID, isPrivateDNSEnabled: Bool, status: LifecycleStatus,
        createdAt: Timestamp, lastUpdatedAt: Timestamp, tags: [String: String], serviceNetworkScope: Scope? = nil,
        resourceConfigurationScope: Scope? = nil
    ) {
        self.id = id
        self.scope = scope
        self.createdBy = createdBy
        self.serviceNetwork = serviceNetwork
        self.resourceConfiguration = resourceConfiguration
        self.serviceNetworkScope = serviceNetworkScope
        self.resourceConfigurationScope = resourceConfigurationScope
        self.isPrivateDNSEnabled = isPrivateDNSEnabled
        self.status = status
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}

extension DNSEntry {
    /// The generated name of a resource in a service network: `snra-….rcfg-….4232ccc.vpc-lattice-rsc.<region>.on.aws`.
    ///
    /// The hash `4232ccc` is the one seen.
    package init(
        association: ResourceAssociationID, configuration: ResourceConfigurationID, region: Region
    ) {
        domainName = "\(association).\(configuration).4232ccc.vpc-lattice-rsc.\(region).on.aws"
        hostedZoneID = Self.generatedZoneID
    }

    /// A custom domain name, answered from a private hosted zone.
    package init(customDomainName: String) {
        domainName = customDomainName
        hostedZoneID = Self.generatedZoneID
    }
}

package enum DomainVerificationStatus: String, Codable, Sendable, CaseIterable {
    case verified = "VERIFIED"
    case pending = "PENDING"
    case timedOut = "VERIFICATION_TIMED_OUT"
}

/// A domain whose ownership is to be shown by a TXT record.
package struct DomainVerificationRecord: StoredRecord, Equatable {
    /// How long the TXT record is looked for.
    package static let patience = Duration.seconds(72 * 60 * 60)

    package var id: DomainVerificationID
    package var scope: Scope
    package var domainName: DomainName
    /// The name of the TXT record, for example `_0123456789abcdef.example.com`.
    package var recordName: String
    /// What the TXT record must say, for example `vpc-lattice:0123456789abcdef`.
    package var recordValue: String
    package var status: DomainVerificationStatus
    package var createdAt: Timestamp
    package var lastVerifiedAt: Timestamp?
    package var tags: [String: String]

    package init(
        id: DomainVerificationID, scope: Scope, domainName: DomainName, recordName: String, recordValue: String,
        status: DomainVerificationStatus, createdAt: Timestamp, lastVerifiedAt: Timestamp?, tags: [String: String]
    ) {
        self.id = id
        self.scope = scope
        self.domainName = domainName
        self.recordName = recordName
        self.recordValue = recordValue
        self.status = status
        self.createdAt = createdAt
        self.lastVerifiedAt = lastVerifiedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}
