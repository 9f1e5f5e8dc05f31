import TrellisModel

/// Names and references of resource gateways, configurations, their associations and domain verifications.
extension IndexKeys {
    // MARK: Names

    func resourceGatewayName(_ name: String) -> StoreKey {
        .name(RecordKind.resourceGateway.rawValue, name, in: scope)
    }

    func resourceConfigurationName(_ name: String) -> StoreKey {
        .name(RecordKind.resourceConfiguration.rawValue, name, in: scope)
    }

    /// Taken by the one verification of a domain.
    func verifiedDomain(_ domain: DomainName) -> StoreKey {
        .name(RecordKind.domainVerification.rawValue, domain.rawValue, in: scope)
    }

    /// Above all of them.
    var verifiedDomains: StoreKey { .name(RecordKind.domainVerification.rawValue, "", in: scope) }

    // MARK: References

    func gateways(of vpc: String) -> StoreKey { index("vpc-gateway", vpc, "") }

    func gateway(_ gateway: ResourceGatewayID, of vpc: String) -> StoreKey {
        index("vpc-gateway", vpc, gateway.rawValue)
    }

    /// The configurations behind a gateway, children included.
    func configurations(of gateway: ResourceGatewayID) -> StoreKey {
        index("gateway-configuration", gateway.rawValue, "")
    }

    func configuration(_ configuration: ResourceConfigurationID, of gateway: ResourceGatewayID) -> StoreKey {
        index("gateway-configuration", gateway.rawValue, configuration.rawValue)
    }

    /// The configurations whose domains a verification is about, children included.
    func configurations(of verification: DomainVerificationID) -> StoreKey {
        index("verification-configuration", verification.rawValue, "")
    }

    func configuration(
        _ configuration: ResourceConfigurationID, of verification: DomainVerificationID
    ) -> StoreKey {
        index("verification-configuration", verification.rawValue, configuration.rawValue)
    }

    func children(of group: ResourceConfigurationID) -> StoreKey { index("group-child", group.rawValue, "") }

    func child(_ child: ResourceConfigurationID, of group: ResourceConfigurationID) -> StoreKey {
        index("group-child", group.rawValue, child.rawValue)
    }

    func resourceAssociations(of network: ServiceNetworkID) -> StoreKey {
        index("network-resource", network.rawValue, "")
    }

    /// A configuration can be associated with a network once.
    func resourceAssociation(
        of network: ServiceNetworkID, with configuration: ResourceConfigurationID
    ) -> StoreKey {
        index("network-resource", network.rawValue, configuration.rawValue)
    }

    func resourceAssociations(of configuration: ResourceConfigurationID) -> StoreKey {
        index("resource-network", configuration.rawValue, "")
    }

    func resourceAssociation(
        of configuration: ResourceConfigurationID, with network: ServiceNetworkID
    ) -> StoreKey {
        index("resource-network", configuration.rawValue, network.rawValue)
    }
}
