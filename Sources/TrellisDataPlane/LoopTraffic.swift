import NIOCore
import TrellisModel
import TrellisRouting
import TrellisTraffic

/// What one event loop tells of its traffic to whoever looks at it.
///
/// Used on that loop only. While nobody looks, a request costs the question whether somebody does; of all requests a few
/// each second go to the journal.
struct LoopTraffic {
    /// A way of requests, by the compiled values it goes through.
    private struct Way: Hashable {
        let network: ObjectIdentifier
        let vpc: String?
        let listener: ObjectIdentifier
        let rule: ObjectIdentifier?
        let isRefused: Bool
        let targetGroup: ObjectIdentifier?
        let target: ObjectIdentifier?
    }

    /// Keeps what the way is made of, so that no other one can take its place in memory.
    private struct Counted {
        let step: RequestWay
        var counts: TrafficCounts
    }

    /// Ways that are counted between two looks.
    private static let wayLimit = 2048
    /// Requests a second that are recorded, and as many more that failed.
    private static let recordsPerSecond = 10

    private(set) var isWatched = false
    /// Services whose bodies are kept.
    var captured: Set<ServiceID> = []
    private let journal: RequestJournal?
    private var ways: [Way: Counted] = [:]
    private var uncounted: UInt64 = 0
    private var budget: SamplingBudget
    private var failureBudget: SamplingBudget
    private var skipped: UInt64 = 0

    init(journal: RequestJournal?) {
        self.journal = journal
        budget = SamplingBudget(perSecond: journal == nil ? 0 : Self.recordsPerSecond)
        failureBudget = budget
    }

    // MARK: Ways

    mutating func count(_ step: RequestWay, status: Int, _ duration: TimeAmount) {
        let way = Way(
            network: ObjectIdentifier(step.route.network), vpc: step.route.sourceVPC?.id,
            listener: ObjectIdentifier(step.route.listener), rule: step.rule.map(ObjectIdentifier.init),
            isRefused: step.isRefused, targetGroup: step.targetGroup.map(ObjectIdentifier.init),
            target: step.target.map(ObjectIdentifier.init))
        guard ways[way] != nil || ways.count < Self.wayLimit else {
            uncounted &+= 1
            return
        }
        ways[way, default: Counted(step: step, counts: TrafficCounts())].counts
            .add(status: status, nanoseconds: duration.nanoseconds)
    }

    mutating func take(goesOn: Bool) -> TrafficSlice {
        var slice = TrafficSlice()
        for counted in ways.values { slice.paths[counted.step.path, default: TrafficCounts()].add(counted.counts) }
        slice.uncounted = uncounted
        ways.removeAll(keepingCapacity: goesOn)
        uncounted = 0
        isWatched = goesOn
        return slice
    }

    // MARK: Journal

    /// Whether a request that ended so is recorded; one that failed has two chances.
    mutating func takesRecord(status: Int, _ now: NIODeadline) -> Bool {
        if budget.take(now: now.uptimeNanoseconds) { return true }
        let hasFailed = status == 0 || status >= 400
        if hasFailed, failureBudget.take(now: now.uptimeNanoseconds) { return true }
        skipped &+= 1
        return false
    }

    mutating func add(_ record: RequestRecord) {
        journal?.add(record, skipped: skipped)
        skipped = 0
    }
}

/// The way of one request, as far as it went.
struct RequestWay {
    let route: Route
    /// `nil` for the default action, and for a request that was refused.
    let rule: CompiledRule?
    let isRefused: Bool
    let targetGroup: CompiledTargetGroup?
    /// `nil` for a function, and where there was none.
    let target: CompiledTarget?
    let function: FunctionARN?

    var path: TrafficPath {
        TrafficPath(
            vpc: route.sourceVPC?.id, network: route.network.id, service: route.service.id, listener: route.listener.id,
            rule: isRefused ? nil : rule?.id ?? route.listener.defaultRule, targetGroup: targetGroup?.id,
            target: target?.endpoint.addressAndPort ?? function?.description)
    }
}
