import TrellisAPI
import TrellisModel
import TrellisStore

/// Sets targets draining, which stops requests to them at once; the ``LifecycleWorker`` removes them.
///
/// The permission that RegisterTargets added stays, as on AWS.
enum DeregisterTargets: LatticeOperation {
    static let name = "DeregisterTargets"
    static let method = "POST"
    static let path = "/targetgroups/{targetGroupIdentifier}/deregistertargets"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { reader in
            (
                group: reader.targetGroupLabel(),
                targets: reader.requiredTargets(count: LatticeShapes.deregisteredTargets)
            )
        }
        let id = try call.id(input.group, of: TargetGroupKind.self)
        return try await context.write { session in
            let group = try await session.liveTargetGroup(id, in: call.scope)
            var outcomes = TargetOutcomes()
            for target in input.targets {
                // What cannot be a target of the group is not registered with it.
                guard let identity = try? group.identity(of: target),
                    var record = try await session.get(
                        TargetRecord.self, at: TargetRecord.key(identity, of: id, in: call.scope))
                else {
                    outcomes.fail(target, .invalid("Target \(target.id) is not registered with TargetGroup \(id)"))
                    continue
                }
                record.isDraining = true
                try session.put(record, at: record.key)
                outcomes.succeed(TargetInput(id: target.id, port: record.port))
            }
            return outcomes.response
        }
    }
}
