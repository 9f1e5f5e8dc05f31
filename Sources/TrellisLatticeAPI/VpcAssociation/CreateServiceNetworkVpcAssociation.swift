import TrellisAPI
import TrellisModel
import TrellisStore

/// Answers 200, unlike most create operations.
///
/// A VPC can be associated with one service network. Private DNS concerns resource configurations; what is asked for is
/// kept and shown.
enum CreateServiceNetworkVpcAssociation: LatticeOperation {
    static let name = "CreateServiceNetworkVpcAssociation"
    static let method = "POST"
    static let path = "/servicenetworkvpcassociations"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var serviceNetworkIdentifier: String
        var vpc: String
        var securityGroups: [String]
        var privateDNS: PrivateDNSOptions?
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            serviceNetworkIdentifier = reader.requiredString(
                "serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
            vpc = reader.requiredString("vpcIdentifier", as: LatticeShapes.vpcID)
            securityGroups = reader.securityGroups(count: LatticeShapes.securityGroupsOnCreate) ?? []
            privateDNS = reader.privateDNS()
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let networkID = try call.id(input.serviceNetworkIdentifier, of: ServiceNetworkKind.self)
        return try await context.create(VpcAssociationKind.self, for: call, input, status: 200) { session in
            _ = try await session.serviceNetwork(networkID, in: call.scope)
            let keys = IndexKeys(call.scope)
            let id = VpcAssociationID(random: context.random)
            try await session.take(
                keys.vpc(input.vpc), for: id,
                orSay: "VPC \(input.vpc) is already associated with a ServiceNetwork")
            try await session.requireRoom(
                for: .vpcAssociationsPerServiceNetwork, under: keys.vpcAssociations(of: networkID),
                limits: context.quotas, resourceType: VpcAssociationKind.resourceType)
            let now = context.clock.now()
            let association = VpcAssociationRecord(
                id: id, scope: call.scope, createdBy: call.caller.account, serviceNetwork: networkID, vpc: input.vpc,
                securityGroups: input.securityGroups, privateDNS: input.privateDNS, status: .createInProgress,
                createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try session.put(IndexRecord(id), at: keys.vpcAssociation(id, of: networkID))
            try session.put(association, at: .vpcAssociation(id, in: call.scope))
            return association.createdJSON
        }
    }
}

extension InputReader {
    /// Security groups in the order given; a repeated one is a problem.
    func securityGroups(count: ClosedRange<Int>) -> [String]? {
        let groups = strings("securityGroupIds", count: count, as: LatticeShapes.securityGroupID)
        var seen: Set<String> = []
        for (index, group) in (groups ?? []).enumerated() where !seen.insert(group).inserted {
            report("securityGroupIds[\(index)]", value: group, "Member must not be repeated")
        }
        return groups
    }
}
