import TrellisAPI
import TrellisModel

/// The `Target` shape.
struct TargetInput: Hashable {
    var id: String
    /// 1 to 65535; a target of a LAMBDA group has none, for others the port of the group is the default.
    var port: Int?
}

extension InputReader {
    func requiredTargets(count: ClosedRange<Int>) -> [TargetInput] {
        requiredObjects("targets", count: count).map { $0.target() }
    }

    func targets(count: ClosedRange<Int>) -> [TargetInput] {
        (objects("targets", count: count) ?? []).map { $0.target() }
    }

    private func target() -> TargetInput {
        TargetInput(
            id: requiredString("id", as: LatticeShapes.targetID), port: integer("port", in: LatticeShapes.port))
    }
}

/// Why a target was not registered or deregistered.
struct TargetFailure: Error, Hashable {
    var code: Code
    var message: String

    /// - Source: `UnsupportedTarget` is seen on AWS; `InvalidTarget` is chosen.
    enum Code: String {
        case unsupportedTarget = "UnsupportedTarget"
        case invalidTarget = "InvalidTarget"
    }

    static func unsupported(_ message: String) -> TargetFailure {
        TargetFailure(code: .unsupportedTarget, message: message)
    }

    static func invalid(_ message: String) -> TargetFailure {
        TargetFailure(code: .invalidTarget, message: message)
    }
}

/// The answer of RegisterTargets and DeregisterTargets: status 200 even if every target failed.
struct TargetOutcomes {
    private var successful: [JSONValue] = []
    private var unsuccessful: [JSONValue] = []
    private(set) var failures: [(target: TargetInput, failure: TargetFailure)] = []

    mutating func succeed(_ target: TargetInput) {
        successful.append(.object(members(of: target)))
    }

    mutating func fail(_ target: TargetInput, _ failure: TargetFailure) {
        failures.append((target, failure))
        var members = members(of: target)
        members["failureCode"] = .raw(failure.code)
        members["failureMessage"] = .string(failure.message)
        unsuccessful.append(.object(members))
    }

    var response: APIResponse {
        .json(.object(["successful": .array(successful), "unsuccessful": .array(unsuccessful)]))
    }

    private func members(of target: TargetInput) -> [String: JSONValue] {
        var members: [String: JSONValue] = ["id": .string(target.id)]
        members["port"] = target.port.map(JSONValue.number)
        return members
    }
}
