import TrellisAPI
import TrellisModel

/// The shapes of resource gateways, configurations, their associations and domain verifications.
extension LatticeShapes {
    static let resourceGatewayName = TextShape("ResourceGatewayName", 3...40, pattern: .name(not: "rgw-"))
    static let resourceConfigurationName = TextShape(
        "ResourceConfigurationName", 3...40, pattern: .name(not: "rcfg-"))

    static let resourceGatewayIdentifier = TextShape(
        "ResourceGatewayIdentifier", 17...2048,
        pattern: .identifier(ResourceGatewayKind.self, tail: "resourcegateway/"))
    static let resourceConfigurationIdentifier = TextShape(
        "ResourceConfigurationIdentifier", 20...2048,
        pattern: .identifier(ResourceConfigurationKind.self, tail: "resourceconfiguration/"))
    static let resourceAssociationIdentifier = TextShape(
        "ServiceNetworkResourceAssociationIdentifier", 22...2048,
        pattern: .identifier(
            ResourceAssociationKind.self, tail: "servicenetworkresourceassociation/", id: .alphanumeric,
            inARN: .hexadecimal))
    static let resourceEndpointAssociationIdentifier = TextShape(
        "ResourceEndpointAssociationIdentifier", 21...2048,
        pattern: .identifier(
            ResourceEndpointAssociationKind.self, tail: "resourceendpointassociation/", id: .hexadecimal,
            inARN: .hexadecimal))
    static let domainVerificationIdentifier = TextShape(
        "DomainVerificationIdentifier", 20...2048,
        pattern: .identifier(
            DomainVerificationKind.self, tail: "domainverification/", id: .alphanumeric,
            inARN: .hexadecimalOfAnyCase))

    static let subnetID = TextShape("SubnetId", 5...200)
    static let domainName = TextShape("DomainName", 3...255)
    static let ipAddress = TextShape("IpAddress", 4...39)
    static let anyARN = TextShape("WildcardArn", 20...2048, pattern: .anyARN)
    static let portRange = TextShape("PortRange", 1...11, pattern: .portRange)
    static let vpcEndpointID = TextShape("VpcEndpointId", 22...22, pattern: .vpcEndpointID)
    static let vpcEndpointOwner = TextShape("VpcEndpointOwner", 12...12, pattern: .vpcEndpointOwner)

    static let resourceTexts: [TextShape] = [
        resourceGatewayName, resourceConfigurationName, resourceGatewayIdentifier, resourceConfigurationIdentifier,
        resourceAssociationIdentifier, resourceEndpointAssociationIdentifier, domainVerificationIdentifier, subnetID,
        domainName, ipAddress, anyARN, portRange, vpcEndpointID, vpcEndpointOwner,
    ]

    static let ipv4AddressesPerENI = 1...62
    static let gatewaySecurityGroupsOnCreate = 0...5
    static let gatewaySecurityGroupsOnUpdate = 0...5

    static let resourceBounds: [String: ClosedRange<Int>] = [
        "Ipv4AddressesPerEni": ipv4AddressesPerENI,
        "CreateResourceGatewayRequestSecurityGroupIdsList": gatewaySecurityGroupsOnCreate,
        "UpdateResourceGatewayRequestSecurityGroupIdsList": gatewaySecurityGroupsOnUpdate,
    ]

    /// Lists without bounds in the model; chosen so that no record grows beyond reason.
    static let subnets = 1...100
    static let portRanges = 1...100
}

extension InputReader {
    func resourceGatewayLabel() -> String {
        label("resourceGatewayIdentifier", as: LatticeShapes.resourceGatewayIdentifier)
    }

    func resourceConfigurationLabel() -> String {
        label("resourceConfigurationIdentifier", as: LatticeShapes.resourceConfigurationIdentifier)
    }

    func resourceAssociationLabel() -> String {
        label("serviceNetworkResourceAssociationIdentifier", as: LatticeShapes.resourceAssociationIdentifier)
    }

    func resourceEndpointAssociationLabel() -> String {
        label("resourceEndpointAssociationIdentifier", as: LatticeShapes.resourceEndpointAssociationIdentifier)
    }

    func domainVerificationLabel() -> String {
        label("domainVerificationIdentifier", as: LatticeShapes.domainVerificationIdentifier)
    }

    /// A domain name as the text that was given, if it is one.
    func domain(_ name: String) -> String? {
        guard let text = string(name, as: LatticeShapes.domainName) else { return nil }
        guard DomainName(text) != nil else {
            report(name, value: text, "Member must be a domain name")
            return nil
        }
        return text
    }

    func queryFlag(_ name: String) -> Bool? {
        guard let text = queryString(name) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            report(name, value: text, "Member must be true or false")
            return nil
        }
    }
}
