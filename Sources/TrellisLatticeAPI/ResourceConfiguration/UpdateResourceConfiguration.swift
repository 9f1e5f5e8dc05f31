import TrellisAPI
import TrellisModel
import TrellisStore

/// Replaces the definition, the port ranges or the permission to join shareable service networks.
///
/// The operation has no conflict error: a change during another one is carried out, one of a configuration that is being
/// deleted is invalid.
enum UpdateResourceConfiguration: LatticeOperation {
    static let name = "UpdateResourceConfiguration"
    static let method = "PATCH"
    static let path = "/resourceconfigurations/{resourceConfigurationIdentifier}"

    fileprivate struct Input {
        var portRanges: [String]?
        var definition: ResourceDefinition?
        var allowsShareableServiceNetwork: Bool?

        init(_ reader: InputReader, of type: ResourceConfigurationType) {
            type.refuse(reader.presentMembers, reader)
            portRanges = reader.portRanges()
            definition = type == .group ? nil : reader.resourceDefinition(allowing: type.definitions)
            allowsShareableServiceNetwork = reader.boolean("allowAssociationToShareableServiceNetwork")
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { reader in
            // What the type allows is only known with the configuration; what no type allows is reported first.
            _ = reader.portRanges()
            _ = reader.resourceDefinition(allowing: ["dnsResource", "ipResource", "arnResource"])
            _ = reader.boolean("allowAssociationToShareableServiceNetwork")
            return reader.resourceConfigurationLabel()
        }
        let id = try call.id(identifier, of: ResourceConfigurationKind.self)
        return try await context.write { session in
            var configuration = try await session.resourceConfiguration(id, in: call.scope)
            guard configuration.status != .deleteInProgress else {
                throw LatticeError.invalid(
                    "resourceConfigurationIdentifier", "ResourceConfiguration \(id) is being deleted")
            }
            let before = configuration
            try await configuration.apply(try call.read { Input($0, of: before.type) }, in: session)
            if configuration != before {
                configuration.status = .updateInProgress
                configuration.lastUpdatedAt = context.clock.now()
                try session.put(configuration, at: configuration.key)
            }
            return .json(try await session.view(configuration).updatedJSON)
        }
    }
}

extension ResourceConfigurationRecord {
    fileprivate mutating func apply(
        _ input: UpdateResourceConfiguration.Input, in session: StoreSession
    ) async throws {
        if let definition = input.definition {
            try await session.resourceGateway(gateway, in: scope).requireReach(of: definition)
            self.definition = definition
        }
        portRanges = input.portRanges ?? portRanges
        guard let allows = input.allowsShareableServiceNetwork else { return }
        if !allows { try await requireNoShareableNetwork(in: session) }
        allowsShareableServiceNetwork = allows
    }

    private func requireNoShareableNetwork(in session: StoreSession) async throws {
        let associations = try await session.list(
            IndexRecord.self, under: IndexKeys(scope).resourceAssociations(of: id))
        for association in associations.compactMap({ ResourceAssociationID($0.id) }) {
            let record = try await session.resourceAssociation(association, in: scope)
            let network = record.serviceNetwork
            guard try await !session.serviceNetwork(network, in: record.ownerOfNetwork).isSharingEnabled else {
                throw LatticeError.invalid(
                    "allowAssociationToShareableServiceNetwork",
                    "ResourceConfiguration \(id) is associated with the shareable ServiceNetwork \(network)")
            }
        }
    }
}
