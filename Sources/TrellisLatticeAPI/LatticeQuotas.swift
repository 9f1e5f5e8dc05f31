/// A limit on the number of resources; the raw value is its key in a configuration.
///
/// Every adjustable quota is here but the one on VPC endpoints of a service network: nothing in this Trellis makes them.
///
/// - Source: quotas page of the user guide.
package enum LatticeQuota: String, Hashable, Sendable, CaseIterable {
    case servicesPerRegion
    case serviceNetworksPerRegion
    case listenersPerService
    case rulesPerListener
    case targetGroupsPerRegion
    case targetGroupsPerService
    case targetsPerTargetGroup
    case serviceAssociationsPerServiceNetwork
    case vpcAssociationsPerServiceNetwork
    case resourceConfigurationsPerRegion
    case resourceConfigurationsPerServiceNetwork
    case childResourceConfigurationsPerGroup
    case resourceGatewaysPerVpc
    case domainVerificationsPerRegion

    /// The `quotaCode` of the Service Quotas console.
    package var code: String { description.code }

    var title: String { description.title }

    /// What AWS gives an account.
    package var defaultLimit: Int { description.limit }

    private var description: (code: String, title: String, limit: Int) {
        switch self {
        case .servicesPerRegion: ("L-620C821E", "Services per Region", 2000)
        case .serviceNetworksPerRegion: ("L-9CAD07FB", "Service networks per Region", 50)
        case .listenersPerService: ("L-D64E952E", "Listeners per service", 2)
        case .rulesPerListener: ("L-CF78395E", "Rules per listener", 10)
        case .targetGroupsPerRegion: ("L-BB11C6B9", "Target groups per Region", 500)
        case .targetGroupsPerService: ("L-3DEC3B9F", "Target groups per service", 10)
        case .targetsPerTargetGroup: ("L-D71303F3", "Targets per target group", 1000)
        case .serviceAssociationsPerServiceNetwork:
            ("L-75D4A19E", "Service associations per service network", 500)
        case .vpcAssociationsPerServiceNetwork: ("L-EF6E2D62", "VPC associations per service network", 500)
        case .resourceConfigurationsPerRegion: ("L-5FF8F9B9", "Resource configurations per Region", 2000)
        case .resourceConfigurationsPerServiceNetwork:
            ("L-6095700C", "Resource configurations per service network", 500)
        case .childResourceConfigurationsPerGroup:
            ("L-9BC96FEF", "Child resource configurations per group resource configuration", 60)
        case .resourceGatewaysPerVpc: ("L-0DCA4434", "Resource gateways per VPC", 500)
        case .domainVerificationsPerRegion: ("L-73D0F278", "Domain verifications per Region", 5)
        }
    }
}

/// How much of everything an account may have in a Region.
package struct LatticeQuotas: Hashable, Sendable {
    private var changed: [LatticeQuota: Int] = [:]

    /// AWS's defaults.
    package init() {}

    package subscript(quota: LatticeQuota) -> Int {
        get { changed[quota] ?? quota.defaultLimit }
        set { changed[quota] = newValue }
    }
}
