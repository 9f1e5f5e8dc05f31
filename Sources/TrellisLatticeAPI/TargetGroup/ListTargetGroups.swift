import TrellisAPI
import TrellisModel

enum ListTargetGroups: LatticeOperation {
    static let name = "ListTargetGroups"
    static let method = "GET"
    static let path = "/targetgroups"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { reader in
            (
                page: reader.page(), vpc: reader.queryString("vpcIdentifier", as: LatticeShapes.vpcID),
                type: reader.queryEnumeration("targetGroupType", of: TargetGroupType.self)
            )
        }
        return try await input.page.answer(
            TargetGroupRecord.self, under: .all(.targetGroup, in: call.scope), of: context.reader,
            // A LAMBDA group is in no VPC.
            where: { group in
                (input.vpc == nil || input.vpc == group.config?.vpc) && (input.type ?? group.type) == group.type
            }
        ) { group in
            group.summaryJSON(serviceARNs: try await context.reader.serviceARNs(of: group.id, in: call.scope))
        }
    }
}
