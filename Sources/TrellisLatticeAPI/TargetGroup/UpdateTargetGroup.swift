import TrellisAPI
import TrellisModel
import TrellisStore

/// Changes the health check of an INSTANCE or IP group, or the event structure version of a LAMBDA group.
///
/// The published operation takes `healthCheck` only and so has nothing for a LAMBDA group. Here it
/// also takes `config.lambdaEventStructureVersion`, and `healthCheck` is not required then.
enum UpdateTargetGroup: LatticeOperation {
    static let name = "UpdateTargetGroup"
    static let method = "PATCH"
    static let path = "/targetgroups/{targetGroupIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.targetGroupLabel() }
        let id = try call.id(identifier, of: TargetGroupKind.self)
        return try await context.write { session in
            // What the body may hold depends on the type of the group.
            let current = try await session.liveTargetGroup(id, in: call.scope)
            var group = try call.read { $0.targetGroup(changing: current) }
            group.lastUpdatedAt = context.clock.now()
            try session.put(group, at: .targetGroup(id, in: call.scope))
            return .json(group.createdJSON)
        }
    }
}

extension InputReader {
    fileprivate func targetGroup(changing current: TargetGroupRecord) -> TargetGroupRecord {
        var group = current
        if let config = current.config, let healthCheck = config.healthCheck {
            if has("config") { report("config", current.type.forbidsMember) }
            if !has("healthCheck") { reportMissing("healthCheck") }
            group.config?.healthCheck = self.healthCheck(changing: healthCheck)
        } else if current.type == .lambda {
            group.eventStructureVersion = changedEventStructureVersion() ?? current.eventStructureVersion
        } else {
            report("healthCheck", current.type.forbidsMember)
        }
        return group
    }

    private func changedEventStructureVersion() -> EventStructureVersion? {
        if has("healthCheck") {
            report("healthCheck", TargetGroupType.lambda.forbidsMember)
        } else if !has("config") {
            reportMissing("healthCheck")
        }
        guard let config = object("config") else { return nil }
        if !config.has("lambdaEventStructureVersion") { config.reportMissing("lambdaEventStructureVersion") }
        return config.lambdaTargetGroupConfig()
    }
}
