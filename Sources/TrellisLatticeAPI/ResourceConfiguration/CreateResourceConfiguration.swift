import TrellisAPI
import TrellisModel
import TrellisStore

/// A child takes gateway, protocol and domain verification over from its group, and the port ranges if it has none.
enum CreateResourceConfiguration: LatticeOperation {
    static let name = "CreateResourceConfiguration"
    static let method = "POST"
    static let path = "/resourceconfigurations"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(ResourceConfigurationInput.init)
        let references = try References(input, call)
        return try await context.create(ResourceConfigurationKind.self, for: call, input, status: 201) { session in
            let parents = try await references.resolve(input, in: session, call.scope)
            let now = context.clock.now()
            let group = parents.group
            let configuration = ResourceConfigurationRecord(
                id: ResourceConfigurationID(from: context.ids), scope: call.scope, name: input.name,
                type: input.type, gateway: parents.gateway.id, group: group?.id, definition: input.definition,
                portRanges: input.portRanges ?? group.map(\.portRangesOfChildren) ?? [],
                protocol: group?.protocol ?? input.protocol,
                allowsShareableServiceNetwork: input.allowsShareableServiceNetwork,
                customDomainName: input.customDomainName, groupDomain: input.groupDomain,
                domainVerification: group?.domainVerification ?? references.verification,
                status: .createInProgress, createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try await take(configuration, in: session, limits: context.quotas)
            try session.insert(configuration, at: configuration.key)
            return try await session.view(configuration).createdJSON
        }
    }

    private static func take(
        _ configuration: ResourceConfigurationRecord, in session: StoreSession, limits: LatticeQuotas
    ) async throws {
        let keys = IndexKeys(configuration.scope)
        let id = configuration.id
        try await session.take(
            keys.resourceConfigurationName(configuration.name), for: id,
            orSay: "A ResourceConfiguration with the name '\(configuration.name)' already exists")
        try await session.requireRoom(
            for: .resourceConfigurationsPerRegion, under: keys.resourceConfigurationName(""), limits: limits,
            resourceType: ResourceConfigurationKind.resourceType)
        if let group = configuration.group {
            try await session.requireRoom(
                for: .childResourceConfigurationsPerGroup, under: keys.children(of: group), limits: limits,
                resourceType: ResourceConfigurationKind.resourceType)
            try session.put(IndexRecord(id), at: keys.child(id, of: group))
        }
        if let verification = configuration.domainVerification {
            try session.put(IndexRecord(id), at: keys.configuration(id, of: verification))
        }
        try session.put(IndexRecord(id), at: keys.configuration(id, of: configuration.gateway))
    }
}

/// The resources that a new configuration names.
private struct References {
    var gateway: ResourceGatewayID?
    var group: ResourceConfigurationID?
    var verification: DomainVerificationID?

    init(_ input: ResourceConfigurationInput, _ call: APICall) throws {
        gateway = try input.gatewayIdentifier.map { try call.id($0) }
        group = try input.groupIdentifier.map { try call.id($0) }
        verification = try input.domainVerificationIdentifier.map { try call.id($0) }
    }

    func resolve(
        _ input: ResourceConfigurationInput, in session: StoreSession, _ scope: Scope
    ) async throws -> (gateway: ResourceGatewayRecord, group: ResourceConfigurationRecord?) {
        if let verification {
            try input.requireCovered(by: try await session.domainVerification(verification, in: scope))
        }
        if let group {
            let record = try await session.liveResourceConfiguration(group, in: scope)
            try record.requireRoomForChild(with: input.customDomainName)
            let gateway = try await session.liveResourceGateway(record.gateway, in: scope)
            try gateway.requireReach(of: input.definition)
            return (gateway, record)
        }
        guard let gateway else { throw LatticeError.missing("resourceGatewayIdentifier") }
        let record = try await session.liveResourceGateway(gateway, in: scope)
        try record.requireReach(of: input.definition)
        return (record, nil)
    }
}

extension LatticeError {
    fileprivate static func missing(_ field: String) -> LatticeError { .invalid(field, "Member must not be null") }
}

extension ResourceConfigurationInput {
    /// - Throws: ValidationException unless the domain is the verified one or below it.
    fileprivate func requireCovered(by verification: DomainVerificationRecord) throws {
        guard let domain, let name = DomainName(domain), name.isWithin(verification.domainName) else {
            throw LatticeError.invalid(
                "domainVerificationIdentifier",
                "DomainVerification \(verification.id) is about \(verification.domainName) and what is below it")
        }
    }
}

extension ResourceConfigurationRecord {
    fileprivate var portRangesOfChildren: [String] { portRanges.isEmpty ? Self.allPorts : portRanges }

    fileprivate func requireRoomForChild(with domain: String?) throws {
        guard type == .group else {
            throw LatticeError.invalid(
                "resourceConfigurationGroupIdentifier",
                "ResourceConfiguration \(id) is of type \(type.rawValue), not GROUP")
        }
        guard let domain else { return }
        guard let groupDomain = groupDomain.flatMap(DomainName.init) else {
            throw LatticeError.invalid(
                "customDomainName", "ResourceConfiguration \(id) has no groupDomain, so its children have no domains")
        }
        guard let name = DomainName(domain), name.isBelow(groupDomain) else {
            throw LatticeError.invalid(
                "customDomainName", "The custom domain name of a child must be a subdomain of \(groupDomain)")
        }
    }
}

extension ResourceGatewayRecord {
    /// - Throws: ValidationException for a resource whose addresses the gateway does not have.
    func requireReach(of definition: ResourceDefinition?) throws {
        let isIPv4: Bool
        switch definition {
        case .dns(_, let type): isIPv4 = type == .ipv4
        case .ip: isIPv4 = definition?.address?.isIPv4 ?? true
        case .arn, nil: return
        }
        guard ipAddressType == .dualstack || (ipAddressType == .ipv4) == isIPv4 else {
            throw LatticeError.invalid(
                "resourceConfigurationDefinition",
                "ResourceGateway \(id) of ipAddressType \(ipAddressType.rawValue) does not reach "
                    + (isIPv4 ? "IPv4" : "IPv6") + " resources")
        }
    }
}
