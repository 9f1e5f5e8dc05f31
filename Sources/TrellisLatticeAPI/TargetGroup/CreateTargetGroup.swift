import TrellisAPI
import TrellisModel
import TrellisStore

enum CreateTargetGroup: LatticeOperation {
    static let name = "CreateTargetGroup"
    static let method = "POST"
    static let path = "/targetgroups"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var name: String
        var type: TargetGroupType
        var eventStructureVersion: EventStructureVersion
        var config: TargetGroupConfig?
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            name = reader.requiredString("name", as: LatticeShapes.targetGroupName)
            let known: TargetGroupType? = reader.enumeration("type")
            if !reader.has("type") { reader.reportMissing("type") }
            type = known ?? .lambda
            eventStructureVersion = .v1
            // Without a type there is nothing to say about the config.
            switch known.flatMap(reader.targetGroupConfig) {
            case .lambda(let version): eventStructureVersion = version ?? .v1
            case .network(let network): config = network
            case nil: break
            }
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        return try await context.create(TargetGroupKind.self, for: call, input, status: 201) { session in
            let keys = IndexKeys(call.scope)
            let id = TargetGroupID(from: context.ids)
            try await session.take(
                keys.targetGroupName(input.name), for: id,
                orSay: "A TargetGroup with the name '\(input.name)' already exists")
            try await session.requireRoom(
                for: .targetGroupsPerRegion, under: keys.targetGroupName(""), limits: context.quotas,
                resourceType: TargetGroupKind.resourceType)
            let now = context.clock.now()
            let group = TargetGroupRecord(
                id: id, scope: call.scope, name: input.name, type: input.type,
                eventStructureVersion: input.eventStructureVersion, config: input.config, status: .createInProgress,
                createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try session.insert(group, at: .targetGroup(id, in: call.scope))
            return group.createdJSON
        }
    }
}
