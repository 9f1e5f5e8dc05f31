import TrellisAPI
import TrellisModel
import TrellisStore

/// For a LAMBDA group: changes the event structure version.
///
/// The published operation takes `healthCheck` only and so has nothing for a LAMBDA group. Here it
/// also takes `config.lambdaEventStructureVersion`, and `healthCheck` is not required then.
enum UpdateTargetGroup: LatticeOperation {
    static let name = "UpdateTargetGroup"
    static let method = "PATCH"
    static let path = "/targetgroups/{targetGroupIdentifier}"

    struct Input {
        var identifier: String
        var eventStructureVersion: EventStructureVersion?

        /// Every group is a LAMBDA group, so that a health check is refused before the group is known.
        init(_ reader: InputReader) {
            identifier = reader.targetGroupLabel()
            if reader.has("healthCheck") {
                reader.report("healthCheck", LambdaTargetGroupConfig.forbidden)
            } else if !reader.has("config") {
                reader.reportMissing("healthCheck")
            }
            let config = reader.object("config")
            eventStructureVersion = config?.lambdaTargetGroupConfig()
            if let config, !config.has("lambdaEventStructureVersion") {
                config.reportMissing("lambdaEventStructureVersion")
            }
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let id = try call.id(input.identifier, of: TargetGroupKind.self)
        return try await context.write { session in
            var group = try await session.liveTargetGroup(id, in: call.scope)
            if let version = input.eventStructureVersion { group.eventStructureVersion = version }
            group.lastUpdatedAt = context.clock.now()
            try session.put(group, at: .targetGroup(id, in: call.scope))
            return .json(group.createdJSON)
        }
    }
}
