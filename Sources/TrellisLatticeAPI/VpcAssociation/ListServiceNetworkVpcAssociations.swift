import TrellisAPI
import TrellisModel

/// Needs a VPC, a service network, or both; something unknown has no associations.
enum ListServiceNetworkVpcAssociations: LatticeOperation {
    static let name = "ListServiceNetworkVpcAssociations"
    static let method = "GET"
    static let path = "/servicenetworkvpcassociations"

    struct Input {
        var network: String?
        var vpc: String?
        var page: PageRequest

        init(_ reader: InputReader) {
            network = reader.queryString("serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
            vpc = reader.queryString("vpcIdentifier", as: LatticeShapes.vpcID)
            page = reader.page()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        guard input.network != nil || input.vpc != nil else {
            throw LatticeError.invalid(
                "serviceNetworkIdentifier", "Either serviceNetworkIdentifier or vpcIdentifier is required")
        }
        let network = try call.sharedFilter(input.network, of: ServiceNetworkKind.self)
        let ids = try await associations(of: network.ids, with: input.vpc, IndexKeys(call.scope), context.reader)
        let known = try await association(ids.first, in: call.scope, context.reader)
        try network.requireOwner(known?.ownerOfNetwork, for: call)
        return try await input.page.answer(ids: ids) { id in
            guard let association = try await association(id, in: call.scope, context.reader),
                network.ids.allows(association.serviceNetwork)
            else { return nil }
            return try await context.reader.view(association)?.summaryJSON
        }
    }

    private static func association(
        _ id: String?, in scope: Scope, _ reader: PlainReader
    ) async throws -> VpcAssociationRecord? {
        guard let id = id.flatMap(VpcAssociationID.init) else { return nil }
        return try await reader.get(VpcAssociationRecord.self, at: .vpcAssociation(id, in: scope))
    }

    /// The ids that the index has for the VPC, which is in one association, or else for the network.
    private static func associations(
        of network: IDFilter<ServiceNetworkKind>, with vpc: String?, _ keys: IndexKeys, _ reader: PlainReader
    ) async throws -> [String] {
        if let vpc {
            return try await reader.get(IndexRecord.self, at: keys.vpc(vpc)).map { [$0.id] } ?? []
        }
        guard case .only(let network) = network else { return [] }
        return try await reader.list(IndexRecord.self, under: keys.vpcAssociations(of: network)).map(\.id)
    }
}
