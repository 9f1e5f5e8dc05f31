import Logging
import TrellisModel
import TrellisPolicy

/// Says in the log which permission a service lacks, and how to grant it: once, not with every request.
struct MissingPermissions {
    private struct Case: Hashable {
        var function: FunctionARN
        var principal: String
        var sourceARN: String?
    }

    /// More at once are not told apart from those that were told.
    private static let remembered = 1_000

    private var told: Set<Case> = []

    mutating func tell(_ request: FunctionPolicyRequest, to logger: Logger) {
        guard case .service(let principal, let sourceARN, let sourceAccount) = request.caller.kind,
            told.count < Self.remembered,
            told.insert(Case(function: request.resource, principal: principal, sourceARN: sourceARN)).inserted
        else { return }
        logger.warning(
            "function may not be invoked: its policy lacks a permission",
            metadata: [
                "function": "\(request.resource)", "principal": "\(principal)", "sourceArn": "\(sourceARN ?? "-")",
                "sourceAccount": "\(sourceAccount?.rawValue ?? "-")", "permission": "\(request.action)",
                "remedy": "\(Self.remedy(request, principal, sourceARN))",
            ])
    }

    /// The policies of these functions may have changed.
    mutating func forget(_ functions: some Sequence<FunctionARN>) {
        guard !told.isEmpty else { return }
        let changed = Set(functions)
        told = told.filter { !changed.contains($0.function.unqualified) }
    }

    /// The command that grants what `request` needs, to be typed as it is.
    static func remedy(_ request: FunctionPolicyRequest, _ principal: String, _ sourceARN: String?) -> String {
        let function = request.resource
        var command = "aws lambda add-permission --function-name \(function.unqualified)"
        switch function.qualifier {
        case nil: break
        case .latest:
            return "register \(function.unqualified) as the target instead: $LATEST has no policy of its own"
        case .some(let qualifier): command += " --qualifier \(qualifier)"
        }
        let service = principal.split(separator: ".").first ?? "service"
        let source = sourceARN?.split { $0 == "/" || $0 == ":" }.last.map { "-\($0)" } ?? ""
        command += " --statement-id \(service)\(source) --action \(request.action) --principal \(principal)"
        return sourceARN.map { "\(command) --source-arn \($0)" } ?? command
    }
}
