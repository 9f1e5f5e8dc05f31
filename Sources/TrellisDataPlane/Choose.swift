import TrellisModel
import TrellisRouting

/// Where a request goes.
struct ChosenTarget {
    let choice: CompiledForward.Choice
    let group: CompiledTargetGroup
    let function: FunctionARN
}

extension ConnectionHandler {
    /// *Choose*: the target group by weight, then its target.
    ///
    /// The group comes from the rule that the request began with, its target from the latest snapshot: a target that
    /// was deregistered since gets no request any more.
    ///
    /// The request gets the group as soon as there is one, so that its access log entry names it.
    ///
    /// - Throws: ``Failure/noTarget`` if no group has weight, or the group has no registered target;
    ///   ``Failure/targetTypeNotServed(_:)``.
    func choose(_ forward: CompiledForward, for request: ServedRequest) throws(Failure) -> ChosenTarget {
        guard
            forward.totalWeight > 0,
            let choice = forward.choice(at: Int.random(in: 0..<forward.totalWeight, using: &loop.random)),
            let group = loop.snapshot.targetGroup(choice)
        else { throw .noTarget }
        request.targetGroup = group
        guard group.type == .lambda else { throw .targetTypeNotServed(group.type) }
        guard let function = group.target else { throw .noTarget }
        return ChosenTarget(choice: choice, group: group, function: function)
    }
}
