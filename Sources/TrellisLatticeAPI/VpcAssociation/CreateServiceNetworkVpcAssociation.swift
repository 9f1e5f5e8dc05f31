import TrellisAPI
import TrellisModel
import TrellisStore

/// Answers 200, unlike most create operations.
///
/// A VPC can be associated with one service network, which may be another account's if it is shared. Private DNS concerns
/// resource configurations; what is asked for is kept and shown.
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
        return try await context.create(VpcAssociationKind.self, for: call, input, status: 200) { session in
            let found = try await call.locate(
                input.serviceNetworkIdentifier, of: ServiceNetworkKind.self, in: session)
            let network = try await session.serviceNetwork(found.id, in: found.scope)
            let keys = IndexKeys(call.scope)
            let id = VpcAssociationID(from: context.ids)
            try await session.take(
                keys.vpc(input.vpc), for: id,
                orSay: "VPC \(input.vpc) is already associated with a ServiceNetwork")
            try await session.requireRoom(
                for: .vpcAssociationsPerServiceNetwork, under: IndexKeys(network.scope).vpcAssociations(of: network.id),
                limits: context.quotas, resourceType: VpcAssociationKind.resourceType)
            let now = context.clock.now()
            let association = VpcAssociationRecord(
                id: id, scope: call.scope, createdBy: call.caller.account, serviceNetwork: network.id, vpc: input.vpc,
                securityGroups: input.securityGroups, privateDNS: input.privateDNS, status: .createInProgress,
                createdAt: now, lastUpdatedAt: now, tags: input.tags, serviceNetworkScope: network.scope)
            for scope in Set([call.scope, network.scope]) {
                try session.put(IndexRecord(id), at: IndexKeys(scope).vpcAssociation(id, of: network.id))
            }
            try session.insertWithCounterpart(association)
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
