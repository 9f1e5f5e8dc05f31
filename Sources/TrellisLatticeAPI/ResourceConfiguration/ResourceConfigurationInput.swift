import TrellisAPI
import TrellisModel

/// What CreateResourceConfiguration is given, with the defaults of its type.
struct ResourceConfigurationInput: ClientTokenInput {
    var clientToken: String?
    var name: String
    var type: ResourceConfigurationType
    /// `nil` lets a child take over the ones of its group.
    var portRanges: [String]?
    var `protocol`: ResourceProtocol?
    var gatewayIdentifier: String?
    var groupIdentifier: String?
    var definition: ResourceDefinition?
    var allowsShareableServiceNetwork: Bool?
    var customDomainName: String?
    var groupDomain: String?
    var domainVerificationIdentifier: String?
    var tags: [String: String]

    init(_ reader: InputReader) {
        clientToken = reader.clientToken()
        name = reader.requiredString("name", as: LatticeShapes.resourceConfigurationName)
        tags = reader.tags()
        let type = reader.resourceConfigurationType()
        // Without a type nothing says which members there may be; each is still checked by itself.
        type?.check(reader)
        self.type = type ?? .single
        portRanges = reader.portRanges()
        self.protocol = reader.enumeration("protocol")
        gatewayIdentifier = reader.string("resourceGatewayIdentifier", as: LatticeShapes.resourceGatewayIdentifier)
        groupIdentifier = reader.string(
            "resourceConfigurationGroupIdentifier", as: LatticeShapes.resourceConfigurationIdentifier)
        definition = Self.definition(of: type, reader)
        allowsShareableServiceNetwork = reader.boolean("allowAssociationToShareableServiceNetwork")
        customDomainName = reader.domain("customDomainName")
        groupDomain = reader.domain("groupDomain")
        domainVerificationIdentifier = reader.string(
            "domainVerificationIdentifier", as: LatticeShapes.domainVerificationIdentifier)
        fillIn()
    }

    private static func definition(
        of type: ResourceConfigurationType?, _ reader: InputReader
    ) -> ResourceDefinition? {
        // The definition of a group is refused as a whole.
        if type == .group { return nil }
        return reader.resourceDefinition(allowing: type?.definitions ?? ["dnsResource", "ipResource", "arnResource"])
    }

    /// Defaults, as the examples of the CLI show them.
    private mutating func fillIn() {
        switch type {
        case .single:
            portRanges = portRanges ?? ResourceConfigurationRecord.allPorts
            self.protocol = self.protocol ?? .tcp
        case .group:
            self.protocol = self.protocol ?? .tcp
        case .child, .arn:
            break
        }
        if type != .child { allowsShareableServiceNetwork = allowsShareableServiceNetwork ?? true }
    }

    /// The domain that a verification has to cover.
    var domain: String? { groupDomain ?? customDomainName }
}

extension ResourceConfigurationRecord {
    static let allPorts = ["1-65535"]
}

extension ResourceConfigurationType {
    /// The members that only some types have.
    ///
    /// - Source: the request of CreateResourceConfiguration in the service model names the types of each member; that a
    ///   group has no custom domain name was seen. Chosen: a verification belongs to the type that names the domain.
    static let members: [(name: String, types: Set<ResourceConfigurationType>)] = [
        ("portRanges", [.single, .group, .child]),
        ("protocol", [.single, .group]),
        ("resourceGatewayIdentifier", [.single, .group, .arn]),
        ("resourceConfigurationGroupIdentifier", [.child]),
        ("resourceConfigurationDefinition", [.single, .child, .arn]),
        ("allowAssociationToShareableServiceNetwork", [.single, .group, .arn]),
        ("customDomainName", [.single, .child, .arn]),
        ("groupDomain", [.group]),
        ("domainVerificationIdentifier", [.single, .group, .arn]),
    ]

    var requiredMembers: [String] {
        switch self {
        case .single, .arn: ["resourceGatewayIdentifier", "resourceConfigurationDefinition"]
        case .group: ["resourceGatewayIdentifier"]
        case .child: ["resourceConfigurationGroupIdentifier", "resourceConfigurationDefinition"]
        }
    }

    /// Reports members that this type must have or cannot have.
    fileprivate func check(_ reader: InputReader) {
        let present = reader.presentMembers
        refuse(present, reader)
        for name in requiredMembers where !present.contains(name) {
            reader.report(name, "Missing attribute \(name) for type \(rawValue)")
        }
        if present.contains("domainVerificationIdentifier"), self != .child,
            present.isDisjoint(with: ["customDomainName", "groupDomain"])
        {
            reader.report("domainVerificationIdentifier", "There is no domain name that it could be about")
        }
    }

    /// Reports members that this type cannot have.
    func refuse(_ present: Set<String>, _ reader: InputReader) {
        for (name, types) in Self.members where present.contains(name) && !types.contains(self) {
            reader.report(name, "Unexpected attribute \(name) for type \(rawValue)")
        }
    }
}

extension InputReader {
    fileprivate func resourceConfigurationType() -> ResourceConfigurationType? {
        guard has("type") else {
            reportMissing("type")
            return nil
        }
        return enumeration("type")
    }

    /// Ports of 1 to 65535, or two of them with a hyphen, the lower one first.
    func portRanges() -> [String]? {
        let ranges = strings("portRanges", count: LatticeShapes.portRanges, as: LatticeShapes.portRange)
        for (index, range) in (ranges ?? []).enumerated() {
            let ports = range.split(separator: "-").map { Int($0) ?? 0 }
            guard ports.allSatisfy(LatticeShapes.port.contains), ports == ports.sorted() else {
                report(
                    "portRanges[\(index)]", value: range,
                    "Member must be a port of 1 to 65535, or two of them as FROM-TO")
                continue
            }
        }
        return ranges
    }
}
