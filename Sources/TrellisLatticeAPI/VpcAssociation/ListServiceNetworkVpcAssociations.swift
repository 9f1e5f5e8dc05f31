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
        let all = try await context.reader.list(
            VpcAssociationRecord.self, under: .all(.vpcAssociation, in: call.scope))
        let network = try call.filter(
            input.network, of: ServiceNetworkKind.self, sharedBy: all.map { ($0.serviceNetwork, $0.ownerOfNetwork) })
        let shown = all.filter { network.allows($0.serviceNetwork) && (input.vpc ?? $0.vpc) == $0.vpc }
        return try await input.page.answer(shown) { try await context.reader.view($0)?.summaryJSON }
    }
}
