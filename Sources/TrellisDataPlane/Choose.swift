import NIOHTTP1
import TrellisModel
import TrellisPolicy
import TrellisRouting

/// The function that a request goes to.
struct ChosenFunction {
    let choice: CompiledForward.Choice
    let group: CompiledTargetGroup
    let function: FunctionARN
}

/// The group that a request is forwarded to, and which of its targets; or why there is none.
struct ForwardPlan {
    let group: CompiledTargetGroup
    let target: Result<CompiledTarget, Failure>
}

extension ConnectionHandler {
    /// *Choose*: the target group by weight; and the target, round robin, if it gets the request as it comes.
    func choose(
        _ forward: CompiledForward, for head: HTTPRequestHead, by route: Route, _ caller: RequestCaller
    ) -> ServedRequest.Plan {
        guard let choice = forward.choice(by: &loop.random) else { return .invoke(route, nil, caller) }
        guard let group = loop.snapshot.targetGroup(choice), let config = group.config else {
            return .invoke(route, choice, caller)
        }
        let target: Result<CompiledTarget, Failure> =
            if !config.serves(ClientProtocol(head), head.method) {
                .failure(.protocolMismatch)
            } else if let target = loop.rotation.next(of: group, &loop.random) {
                .success(target)
            } else {
                .failure(.noTarget)
            }
        return .forward(route, ForwardPlan(group: group, target: target), caller)
    }

    /// *Choose*, for a request that is complete: the function of its target group.
    ///
    /// The group comes from the rule that the request began with, its target from the latest snapshot: a target that
    /// was deregistered since gets no request any more.
    ///
    /// The request gets the group as soon as there is one, so that its access log entry names it.
    ///
    /// - Throws: ``Failure/noTarget`` if no group has weight, or the group has no registered target;
    ///   ``Failure/protocolMismatch``.
    func chooseFunction(
        _ choice: CompiledForward.Choice?, for request: ServedRequest
    ) throws(Failure) -> ChosenFunction {
        guard let choice, let group = loop.snapshot.targetGroup(choice) else { throw .noTarget }
        request.targetGroup = group
        guard ClientProtocol(request.head) != .grpc else { throw .protocolMismatch }
        guard let function = group.target else { throw .noTarget }
        return ChosenFunction(choice: choice, group: group, function: function)
    }
}

/// What a client speaks, as far as target groups tell it apart.
enum ClientProtocol {
    case http1
    case http2
    case grpc

    /// gRPC is HTTP/2 with a content type that begins with `application/grpc`.
    init(_ head: HTTPRequestHead) {
        guard head.version == .http2 else {
            self = .http1
            return
        }
        let type = head.headers.first(name: "content-type") ?? ""
        self = type.utf8.count >= 16 && String(type.prefix(16)).isField("application/grpc") ? .grpc : .http2
    }
}

extension TargetGroupConfig {
    /// Whether targets of the group can be asked what such a client asks.
    ///
    /// - Source: reference section "Types and config", protocol matrix; TCP groups are for TLS listeners.
    func serves(_ client: ClientProtocol, _ method: HTTPMethod) -> Bool {
        guard `protocol` != .tcp else { return false }
        return switch (protocolVersion ?? .http1, client) {
        case (.http1, .http1), (.http1, .http2), (.http2, .http2), (.http2, .grpc), (.grpc, .grpc): true
        case (.grpc, .http2): method == .POST
        case (.http1, .grpc), (.http2, .http1), (.grpc, .http1): false
        }
    }
}

/// Whose turn it is in each target group, on one event loop.
struct TargetRotation {
    private struct Turn {
        let group: SlotIdentity
        var next: Int
    }

    /// By the slots of the groups.
    private var turns: [Turn?] = []

    /// - Parameter random: Where the first turn is, so that event loops do not all begin with the same target.
    mutating func next(
        of group: CompiledTargetGroup, _ random: inout some RandomNumberGenerator
    ) -> CompiledTarget? {
        guard !group.targets.isEmpty else { return nil }
        let slot = group.slot
        while slot.index >= turns.count { turns.append(nil) }
        let turn: Int
        if let known = turns[slot.index], known.group == slot {
            turn = known.next
        } else {
            turn = Int.random(in: group.targets.indices, using: &random)
        }
        guard let (target, nextTurn) = group.target(atTurn: turn) else { return nil }
        turns[slot.index] = Turn(group: slot, next: nextTurn)
        return target
    }
}
