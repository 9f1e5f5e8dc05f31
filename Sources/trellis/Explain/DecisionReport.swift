import TrellisDataPlane
import TrellisModel
import TrellisPolicy
import TrellisRouting

/// A decision in words: the way of a request, every policy statement, the outcome and what would have to change.
struct DecisionReport: Codable, Sendable {
    struct Layer: Codable, Sendable {
        var layer: String
        /// What each of its statements says.
        var statements: [String]
    }

    /// `HTTP 80`.
    var listener: String
    var serviceArn: String?
    var serviceNetworkArn: String?
    var sourceVpc: String?
    /// The ARN, or `anonymous`.
    var caller: String?
    var resource: String?
    /// Of the caller, as policies see them.
    var callerTags: [String: String]?
    var layers: [Layer] = []
    /// The id, or `default action`.
    var rule: String?
    /// What the rule does.
    var action: String?
    /// Whether the request gets to its rule.
    var isAllowed: Bool
    /// What the client would read, if it does not.
    var answer: String?
    var changes: [String] = []

    init(_ explanation: RequestExplanation) {
        listener = "\(explanation.listener.protocol.rawValue) \(explanation.listener.port)"
        serviceArn = explanation.route?.service.arn
        serviceNetworkArn = explanation.route?.network.arn
        sourceVpc = explanation.route?.sourceVPC?.id
        if let caller = explanation.caller {
            self.caller = caller.arn
            if !caller.details.tags.isEmpty { callerTags = caller.details.tags }
        }
        if let authorization = explanation.authorization, let caller = explanation.caller {
            resource = explanation.resource
            layers = authorization.layers.map { Layer(layer: $0.layer.rawValue, statements: $0.lines) }
            changes = authorization.changes(
                caller: caller, action: explanation.action, resource: explanation.resource)
        }
        switch explanation.outcome {
        case .notFound(let reason):
            isAllowed = false
            answer = "404 not found"
            changes = [reason.remedy]
        case .unknownAccessKey:
            isAllowed = false
            answer = "403 UnrecognizedClientException: The security token included in the request is invalid."
            changes = [
                "the access key must be one that the server knows and that is active; one of a session (ASIA…) needs the "
                    + "session's token"
            ]
        case .expiredSession:
            isAllowed = false
            answer = "403 ExpiredTokenException: The security token included in the request is expired"
            changes = ["the session must not be over"]
        case .denied(let message):
            isAllowed = false
            answer = "403 AccessDeniedException: \(message)"
        case .served(let rule, let action):
            isAllowed = true
            self.rule = rule?.rawValue ?? "default action"
            self.action = action.words
        }
    }

    /// For a terminal; ends with a line end.
    var text: String {
        func line(_ name: String, _ value: String?) -> String? { value.map { "\(name): \($0)" } }
        var lines = [
            line("listener", listener), line("service", serviceArn), line("service network", serviceNetworkArn),
            line("source VPC", serviceArn == nil ? nil : sourceVpc ?? "not known"), line("caller", caller),
            line("resource", resource),
        ].compactMap(\.self)
        for (key, value) in (callerTags ?? [:]).sorted(by: { $0.key < $1.key }) {
            lines.append("caller tag: \(key)=\(value)")
        }
        lines += layers.flatMap(\.statements)
        lines += [line("rule", rule), line("action", action)].compactMap(\.self)
        lines.append(isAllowed ? "allowed" : "refused: \(answer ?? "")")
        lines += changes.map { "to change: \($0)" }
        return lines.map { "\($0)\n" }.joined()
    }
}

extension CompiledAction {
    fileprivate var words: String {
        switch self {
        case .fixedResponse(let status): "fixed response \(status)"
        case .forward(let forward):
            "forward to " + forward.choices.map { "\($0.targetGroup) (weight \($0.weight))" }.joined(separator: ", ")
        }
    }
}

extension NotFoundReason {
    fileprivate var remedy: String {
        switch self {
        case .unknownHost:
            "the host must be the generated name or the custom domain of a service, or <service name>.localhost"
        case .serviceNotActive: "the service must be ACTIVE"
        case .noServiceNetwork: "the service must be associated with a service network"
        case .vpcNotAssociated: "the client's VPC must be associated with a service network that has the service"
        case .noListener: "the service must have a listener on this port"
        }
    }
}
