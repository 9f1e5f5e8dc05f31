import TrellisAPI
import TrellisModel

/// The declared VPC endpoints of a resource configuration; something unknown has none.
enum ListResourceEndpointAssociations: LatticeOperation {
    static let name = "ListResourceEndpointAssociations"
    static let method = "GET"
    static let path = "/resourceendpointassociations"

    struct Input {
        var configuration: String?
        var association: String?
        var endpoint: String?
        var owner: String?
        var page: PageRequest

        init(_ reader: InputReader) {
            configuration = reader.queryString(
                "resourceConfigurationIdentifier", as: LatticeShapes.resourceConfigurationIdentifier)
            if reader.queryStrings("resourceConfigurationIdentifier").isEmpty {
                reader.reportMissing("resourceConfigurationIdentifier")
            }
            association = reader.queryString(
                "resourceEndpointAssociationIdentifier", as: LatticeShapes.resourceEndpointAssociationIdentifier)
            endpoint = reader.queryString("vpcEndpointId", as: LatticeShapes.vpcEndpointID)
            owner = reader.queryString("vpcEndpointOwner", as: LatticeShapes.vpcEndpointOwner)
            page = reader.page()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let configuration = try call.filter(input.configuration, of: ResourceConfigurationKind.self)
        let association = try call.filter(input.association, of: ResourceEndpointAssociationKind.self)
        return try await input.page.answer(
            VpcEndpointRecord.self, under: .all(.vpcEndpoint, in: call.scope), of: context.reader,
            where: { record in
                guard let id = record.resourceConfiguration else { return false }
                return configuration.allows(id) && association.allows(record.association)
                    && (input.endpoint ?? record.endpoint.id.rawValue) == record.endpoint.id.rawValue
                    && (input.owner ?? record.endpoint.owner.rawValue) == record.endpoint.owner.rawValue
            },
            item: { try await context.reader.view($0)?.summaryJSON })
    }
}

/// The association of an endpoint with the configuration it leads to.
struct ResourceEndpointAssociationView {
    var record: VpcEndpointRecord
    var configuration: ResourceConfigurationRecord

    var summaryJSON: JSONValue { members.all }

    var deletedJSON: JSONValue {
        members.showing("id", "arn", "resourceConfigurationId", "resourceConfigurationArn", "vpcEndpointId")
    }

    private var members: ResourceMembers {
        ResourceMembers([
            "id": .id(record.association), "arn": .string(configuration.scope.arn(record.association)),
            "resourceConfigurationId": .id(configuration.id),
            "resourceConfigurationArn": .string(configuration.arn),
            "resourceConfigurationName": .string(configuration.name),
            "vpcEndpointId": .string(record.endpoint.id.rawValue),
            "vpcEndpointOwner": .string(record.endpoint.owner.rawValue),
            "createdBy": .string(record.endpoint.owner.rawValue), "createdAt": .time(record.createdAt),
        ])
    }
}

extension RecordReader {
    /// - Returns: `nil` if the endpoint leads to no configuration that there is.
    func view(_ record: VpcEndpointRecord) async throws -> ResourceEndpointAssociationView? {
        guard let id = record.resourceConfiguration else { return nil }
        let key = StoreKey.resourceConfiguration(id, in: record.endpoint.scope)
        let configuration = try await get(ResourceConfigurationRecord.self, at: key)
        return configuration.map { ResourceEndpointAssociationView(record: record, configuration: $0) }
    }
}
