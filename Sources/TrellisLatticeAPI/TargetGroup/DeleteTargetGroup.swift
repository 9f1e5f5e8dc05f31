import TrellisAPI
import TrellisModel
import TrellisStore

/// Takes the registered targets along at once and leaves the group itself to the ``LifecycleWorker``; the functions
/// stay.
enum DeleteTargetGroup: LatticeOperation {
    static let name = "DeleteTargetGroup"
    static let method = "DELETE"
    static let path = "/targetgroups/{targetGroupIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.targetGroupLabel() }
        let id = try call.id(identifier, of: TargetGroupKind.self)
        return try await context.write { session in
            var group = try await session.targetGroup(id, in: call.scope)
            if group.status == .deleteInProgress { return .json(group.deletedJSON) }
            guard group.status != .createInProgress else {
                throw LatticeError.conflict(id, "TargetGroup \(id) is being created")
            }
            if let use = try await session.uses(of: id, in: call.scope).first {
                throw LatticeError.conflict(
                    id, "TargetGroup \(id) is used by Rule \(use.rule) of Listener \(use.listener)")
            }
            let targets = try await session.targets(of: id, in: call.scope)
            guard !targets.contains(where: \.isDraining) else {
                throw LatticeError.conflict(id, "TargetGroup \(id) has draining targets")
            }
            for target in targets { session.delete(target.key) }
            group.status = .deleteInProgress
            group.lastUpdatedAt = context.clock.now()
            try session.put(group, at: .targetGroup(id, in: call.scope))
            return .json(group.deletedJSON)
        }
    }
}
