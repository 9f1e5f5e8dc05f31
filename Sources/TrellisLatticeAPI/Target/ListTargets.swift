import TrellisAPI
import TrellisModel

/// A POST that takes the wanted targets from the body and the page from the query.
enum ListTargets: LatticeOperation {
    static let name = "ListTargets"
    static let method = "POST"
    static let path = "/targetgroups/{targetGroupIdentifier}/listtargets"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { reader in
            (
                group: reader.targetGroupLabel(), page: reader.page(),
                targets: reader.targets(count: LatticeShapes.listedTargets)
            )
        }
        let group = try await context.reader.targetGroup(try call.id(input.group), in: call.scope)
        let isUsed = try await !context.reader.uses(of: group.id, in: call.scope).isEmpty
        let targets = try await context.reader.targets(of: group.id, in: call.scope).filter { record in
            input.targets.isEmpty || input.targets.contains { $0.names(record, in: group) }
        }
        return try input.page.answer(targets, position: \.position) { target in
            let check = target.port.flatMap { context.targets.checkStatus(target.id, $0, group.id) }
            return target.summaryJSON(TargetHealth(of: target, in: group, isGroupUsed: isUsed, check: check))
        }
    }
}

extension TargetInput {
    /// Whether this is the target; without a port it is every target with the id.
    fileprivate func names(_ target: TargetRecord, in group: TargetGroupRecord) -> Bool {
        // What cannot be a target of the group is none of its targets.
        guard let identity = try? group.identity(of: self) else { return false }
        return identity.id == target.id && (port == nil || port == target.port)
    }
}

extension TargetRecord {
    /// In the order of registration.
    fileprivate var position: String {
        let milliseconds = String(max(0, registeredAt.millisecondsSinceEpoch))
        return String(repeating: "0", count: max(0, 16 - milliseconds.count)) + milliseconds + "\(id)@\(port ?? 0)"
    }

    fileprivate func summaryJSON(_ health: TargetHealth) -> JSONValue {
        .object(omittingNil: [
            "id": .string(id), "port": port.map(JSONValue.number), "status": .raw(health.status),
            "reasonCode": .optional(health.reasonCode),
        ])
    }
}
