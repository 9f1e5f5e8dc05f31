import TrellisAPI
import TrellisModel

/// A `RuleAction` as read, before its target groups are looked up.
enum RuleActionInput: Codable, Hashable {
    case forward([Group])
    case fixedResponse(statusCode: Int)

    struct Group: Codable, Hashable {
        var identifier: String
        var weight: Int
    }

    /// Stands where a problem was reported; never used.
    static let placeholder = RuleActionInput.fixedResponse(statusCode: 404)

    /// What a single group without a weight gets.
    static let weightOfSingleGroup = 100

    /// - Throws: ``LatticeError`` for an identifier of elsewhere and for a group that is named twice.
    func resolved(for call: APICall, field: String) throws -> RuleAction {
        switch self {
        case .fixedResponse(let statusCode):
            return .fixedResponse(statusCode: statusCode)
        case .forward(let groups):
            var seen: Set<TargetGroupID> = []
            return .forward(
                try groups.enumerated().map { index, group in
                    let id = try call.id(group.identifier, of: TargetGroupKind.self)
                    guard seen.insert(id).inserted else {
                        throw LatticeError.invalid(
                            "\(field).forward.targetGroups[\(index)].targetGroupIdentifier",
                            "TargetGroup \(id) must not be named twice in one action")
                    }
                    return WeightedTargetGroup(targetGroup: id, weight: group.weight)
                })
        }
    }
}

extension InputReader {
    func requiredRuleAction(_ name: String) -> RuleActionInput {
        guard has(name) else {
            reportMissing(name)
            return .placeholder
        }
        return ruleAction(name) ?? .placeholder
    }

    func ruleAction(_ name: String) -> RuleActionInput? {
        guard let (action, member) = union(name, of: ["forward", "fixedResponse"]) else { return nil }
        return member == "forward" ? action.forwardAction() : action.fixedResponseAction()
    }

    private func forwardAction() -> RuleActionInput {
        guard let forward = object("forward") else { return .placeholder }
        let groups = forward.requiredObjects("targetGroups", count: LatticeShapes.targetGroups)
        return .forward(
            groups.map { group in
                let identifier = group.requiredString(
                    "targetGroupIdentifier", as: LatticeShapes.targetGroupIdentifier)
                if groups.count > 1, !group.has("weight") { group.reportMissing("weight") }
                let weight = group.integer("weight", in: LatticeShapes.weight)
                return RuleActionInput.Group(
                    identifier: identifier, weight: weight ?? RuleActionInput.weightOfSingleGroup)
            })
    }

    private func fixedResponseAction() -> RuleActionInput {
        guard let response = object("fixedResponse") else { return .placeholder }
        if !response.has("statusCode") { response.reportMissing("statusCode") }
        let statusCode = response.integer("statusCode", in: LatticeShapes.httpStatusCode)
        let allowed = LatticeShapes.fixedResponseStatusCodes
        if let statusCode, !allowed.contains(statusCode) {
            let values = allowed.map(String.init).joined(separator: ", ")
            response.report(
                "statusCode", value: String(statusCode), "Member must satisfy enum value set: [\(values)]")
        }
        return statusCode.map { .fixedResponse(statusCode: $0) } ?? .placeholder
    }
}

extension RuleAction {
    /// Groups are shown by id, as in the published samples.
    var json: JSONValue {
        switch self {
        case .fixedResponse(let statusCode):
            return .object(["fixedResponse": .object(["statusCode": .number(statusCode)])])
        case .forward(let groups):
            let targetGroups = groups.map { group in
                JSONValue.object([
                    "targetGroupIdentifier": .id(group.targetGroup), "weight": .number(group.weight),
                ])
            }
            return .object(["forward": .object(["targetGroups": .array(targetGroups)])])
        }
    }
}
