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
            input.targets.isEmpty || input.targets.contains { $0.id == record.id && $0.port == nil }
        }
        return try await input.page.answer(targets) { $0.summaryJSON(isGroupUsed: isUsed) }
    }
}

/// How a target of a LAMBDA group is doing: such a group is never checked, so that `UNAVAILABLE` is the good state.
///
/// - Source: reference table of target status.
enum LambdaTargetStatus: String {
    case draining = "DRAINING"
    case unused = "UNUSED"
    case unavailable = "UNAVAILABLE"

    init(isDraining: Bool, isGroupUsed: Bool) {
        self = isDraining ? .draining : isGroupUsed ? .unavailable : .unused
    }

    var reasonCode: String {
        switch self {
        case .draining: "DeregistrationInProgress"
        case .unused: "TargetGroupNotInUse"
        case .unavailable: "HealthCheckNotSupported"
        }
    }
}

extension TargetRecord {
    fileprivate func summaryJSON(isGroupUsed: Bool) -> JSONValue {
        let status = LambdaTargetStatus(isDraining: isDraining, isGroupUsed: isGroupUsed)
        return .object(["id": .string(id), "status": .raw(status), "reasonCode": .string(status.reasonCode)])
    }
}
