import NIOCore
import NIOHTTP1
import TrellisModel
import TrellisPolicy
import TrellisRouting

/// A request from its head to its answer.
///
/// Used on its connection's event loop only.
final class ServedRequest {
    /// What is to be done when the request is complete.
    enum Plan {
        case fail(Failure)
        /// The service was found, and does not let the request in.
        ///
        /// The caller is `nil` if the signature does not hold.
        case refuse(Route, RequestCaller?, Failure)
        case fixedResponse(Route, RequestCaller, statusCode: Int)
        /// To a function, when the request is complete.
        ///
        /// The choice is `nil` if no group has weight.
        case invoke(Route, CompiledForward.Choice?, RequestCaller)
        /// To a target that gets the request as it comes.
        case forward(Route, ForwardPlan, RequestCaller)
    }

    /// The target that has the request.
    struct InFlight {
        let choice: CompiledForward.Choice
        let target: FunctionARN
    }

    let head: HTTPRequestHead
    let facts: RequestFacts
    /// The value of `x-amzn-requestid`.
    let id: String
    let startedAt: NIODeadline
    let arrivedAt: Timestamp
    let plan: Plan
    /// Whether anything follows the head.
    let hasBody: Bool
    /// Kept only for a plan that invokes.
    var body = ByteBuffer()
    var bodyBytes = 0
    /// What the request has taken from the budget of bodies, and gives back when the last one lets go of it.
    private var takenBytes = 0
    private let budget: ByteBudget
    var inFlight: InFlight?
    var forwarding: Forwarding?
    var targetGroup: CompiledTargetGroup?
    /// Kept only while bodies of the service are captured.
    var capture: BodyCapture?
    var sentToTargetAt: NIODeadline?
    var answeredByTargetAt: NIODeadline?

    init(
        head: HTTPRequestHead, facts: RequestFacts, id: String, startedAt: NIODeadline, arrivedAt: Timestamp,
        plan: Plan, hasBody: Bool, budget: ByteBudget
    ) {
        self.head = head
        self.facts = facts
        self.id = id
        self.startedAt = startedAt
        self.arrivedAt = arrivedAt
        self.plan = plan
        self.hasBody = hasBody
        self.budget = budget
    }

    deinit {
        budget.giveBack(takenBytes)
    }

    /// Whether the body is kept until it is complete.
    var collectsBody: Bool {
        if case .invoke = plan { true } else { false }
    }

    var route: Route? {
        switch plan {
        case .invoke(let route, _, _), .forward(let route, _, _), .refuse(let route, _, _),
            .fixedResponse(let route, _, _):
            route
        case .fail: nil
        }
    }

    /// Whoever sent it, also if anonymous; `nil` if that is not known.
    var sender: RequestCaller? {
        switch plan {
        case .invoke(_, _, let caller), .forward(_, _, let caller), .fixedResponse(_, let caller, _): caller
        case .refuse(_, let caller, _): caller
        case .fail: nil
        }
    }

    /// The authenticated caller.
    var caller: PolicyCaller? {
        guard let caller = sender?.caller, !caller.isAnonymous else { return nil }
        return caller
    }

    /// - Returns: Whether there was memory for it.
    func append(_ part: ByteBuffer) -> Bool {
        guard budget.take(part.readableBytes) else { return false }
        takenBytes += part.readableBytes
        var part = part
        bodyBytes += part.readableBytes
        if body.readableBytes == 0 {
            body = part
        } else {
            body.writeBuffer(&part)
        }
        return true
    }
}

extension HTTPRequestHead {
    /// Whether the request is by HTTP/1.0, where a connection ends with its answer unless both sides say otherwise.
    var isHTTP10: Bool { version.major < 2 && version.minor == 0 }
}
