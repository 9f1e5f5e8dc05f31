import TrellisAPI
import TrellisModel

/// The declared VPC endpoints of a service network; something unknown has none.
enum ListServiceNetworkVpcEndpointAssociations: LatticeOperation {
    static let name = "ListServiceNetworkVpcEndpointAssociations"
    static let method = "GET"
    static let path = "/servicenetworkvpcendpointassociations"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, page) = try call.read { reader in
            if reader.queryStrings("serviceNetworkIdentifier").isEmpty {
                reader.reportMissing("serviceNetworkIdentifier")
            }
            return (
                reader.queryString("serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier),
                reader.page()
            )
        }
        let network = try call.filter(identifier, of: ServiceNetworkKind.self)
        return try await page.answer(
            VpcEndpointRecord.self, under: .all(.vpcEndpoint, in: call.scope), of: context.reader
        ) { record in
            guard case .serviceNetwork(let id) = record.endpoint.target, network.allows(id),
                try await context.reader.get(ServiceNetworkRecord.self, at: .serviceNetwork(id, in: call.scope)) != nil
            else { return nil }
            return record.json(of: id)
        }
    }
}

extension VpcEndpointRecord {
    fileprivate func json(of network: ServiceNetworkID) -> JSONValue {
        .object([
            "vpcEndpointId": .string(endpoint.id.rawValue), "vpcId": .string(endpoint.vpc),
            "vpcEndpointOwnerId": .string(endpoint.owner.rawValue), "state": "ACTIVE",
            "serviceNetworkArn": .string(endpoint.scope.arn(network)), "createdAt": .time(createdAt),
        ])
    }
}
