import TrellisAPI
import TrellisModel
import TrellisStore

/// Changes of rules of one listener that are decided as one set and written in one transaction.
///
/// A change is made as a whole or not at all. Priorities and the quota of target groups are judged by what all changes
/// that are made lead to together, so that rules can swap priorities; a change that cannot be made makes others fail that
/// relied on it. Of two changes that cannot both be made, the earlier one is.
struct RuleChanges {
    /// A change that nothing speaks against so far.
    private struct Candidate {
        /// Its place in the request.
        var index: Int
        var rule: RuleRecord
        var match: HTTPMatch?
        var priority: Int
        var action: RuleAction?

        var groups: Set<TargetGroupID> { (action ?? rule.action).targetGroupIDs }
    }

    private let session: StoreSession
    private let listener: ListenerRecord
    private let limits: LatticeQuotas
    /// One for each change, in the order of the request.
    private var decisions: [Result<Candidate, LatticeError>] = []

    init(of listener: ListenerRecord, in session: StoreSession, limits: LatticeQuotas) {
        self.session = session
        self.listener = listener
        self.limits = limits
    }

    /// Decides everything and writes the changes that can be made.
    ///
    /// - Returns: For each change the rule as it is now, or why the change was not made.
    /// - Throws: ValidationException if two changes are of one rule.
    mutating func carryOut(
        _ changes: [RuleChange], for call: APICall, at now: Timestamp
    ) async throws -> [Result<RuleRecord, LatticeError>] {
        for (index, change) in changes.enumerated() {
            do {
                decisions.append(.success(try await candidate(change, index, for: call)))
            } catch let error as LatticeError {
                decisions.append(.failure(error))
            }
        }
        try refuseRepeatedRules()
        var count = 0
        repeat {
            count = candidates.count
            try await failPriorities()
            try await failGroups()
        } while candidates.count < count
        // After all deletions a priority may belong to another rule.
        for candidate in candidates { releasePriority(of: candidate) }
        return try decisions.map { decision in
            switch decision {
            case .success(let candidate): .success(try write(candidate, at: now))
            case .failure(let error): .failure(error)
            }
        }
    }

    /// - Throws: ``LatticeError`` if the change cannot be made.
    mutating func carryOut(_ change: RuleChange, for call: APICall, at now: Timestamp) async throws -> RuleRecord {
        try await carryOut([change], for: call, at: now)[0].get()
    }

    private var candidates: [Candidate] { decisions.compactMap { try? $0.get() } }

    private func candidate(_ change: RuleChange, _ index: Int, for call: APICall) async throws -> Candidate {
        let id = try call.id(ofRule: change.identifier, in: listener.id, of: listener.service)
        let place = RulePlace(rule: id, listener: listener.id, service: listener.service, scope: listener.scope)
        let rule = try await session.changeableRule(at: place, toBe: "updated")
        let action = try change.action?.resolved(for: call, field: "action")
        if let action {
            try await session.requireServable(
                action, by: listener.protocol, in: listener.scope, field: "action")
            try await session.requireUsable(action, by: place)
        }
        return Candidate(
            index: index, rule: rule, match: change.match, priority: change.priority ?? rule.priority, action: action)
    }

    private func refuseRepeatedRules() throws {
        var seen: Set<RuleID> = []
        for candidate in candidates where !seen.insert(candidate.rule.id).inserted {
            throw LatticeError.invalid(
                "rules[\(candidate.index)].ruleIdentifier",
                "Rule \(candidate.rule.id) must not be named twice in one request")
        }
    }

    private mutating func fail(_ candidate: Candidate, _ error: LatticeError) {
        decisions[candidate.index] = .failure(error)
    }

    // MARK: Priorities

    private mutating func failPriorities() async throws {
        var taken: [Int: RuleID] = [:]
        for candidate in candidates where candidate.priority == candidate.rule.priority {
            taken[candidate.priority] = candidate.rule.id
        }
        for candidate in candidates where candidate.priority != candidate.rule.priority {
            if let owner = try await owner(of: candidate.priority, besides: taken) {
                fail(candidate, listener.priorityConflict(candidate.priority, with: owner))
            } else {
                taken[candidate.priority] = candidate.rule.id
            }
        }
    }

    /// The rule that will have a priority whatever becomes of the candidate that asks.
    private func owner(of priority: Int, besides taken: [Int: RuleID]) async throws -> String? {
        if let other = taken[priority] { return other.rawValue }
        let key = IndexKeys(listener.scope).rulePriority(priority, of: listener.id)
        guard let owner = try await session.get(IndexRecord.self, at: key) else { return nil }
        let isLeaving = candidates.contains { $0.rule.id.rawValue == owner.id && $0.priority != priority }
        return isLeaving ? nil : owner.id
    }

    // MARK: Target groups

    private mutating func failGroups() async throws {
        guard candidates.contains(where: { $0.action != nil }) else { return }
        let before = try await session.serviceUses(of: listener.service, in: listener.scope)
        while true {
            let changes = Dictionary(candidates.map { ($0.rule.id, $0.groups) }) { first, _ in first }
            let after = before.replacing(changes)
            do {
                return try after.requireRoom(after: before, limits: limits)
            } catch let error as LatticeError {
                // The last change that brings in a group is the first to be given up.
                let known = before.all
                guard let last = candidates.last(where: { !$0.groups.isSubset(of: known) }) else { throw error }
                fail(last, error)
            }
        }
    }

    // MARK: Writing

    private func releasePriority(of candidate: Candidate) {
        guard candidate.priority != candidate.rule.priority else { return }
        session.delete(IndexKeys(listener.scope).rulePriority(candidate.rule.priority, of: listener.id))
    }

    private func write(_ candidate: Candidate, at now: Timestamp) throws -> RuleRecord {
        var rule = candidate.rule
        if candidate.priority != rule.priority {
            let key = IndexKeys(listener.scope).rulePriority(candidate.priority, of: listener.id)
            try session.put(IndexRecord(rule.id), at: key)
            rule.priority = candidate.priority
        }
        if let action = candidate.action {
            try session.writeUses(at: rule.place, from: rule.action, to: action)
            rule.action = action
        }
        if let match = candidate.match { rule.match = match }
        rule.lastUpdatedAt = now
        try session.put(rule, at: .rule(rule.id, of: rule.listener, of: rule.service, in: rule.scope))
        return rule
    }
}

extension ListenerRecord {
    /// - Parameter owner: The id of the rule that has the priority.
    func priorityConflict(_ priority: Int, with owner: String) -> LatticeError {
        .conflict(
            message: "Listener \(id) already has a Rule with priority \(priority)",
            LatticeError.ResourceReference(id: owner, type: RuleKind.resourceType))
    }
}
