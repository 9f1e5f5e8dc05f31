import TrellisModel
import TrellisStore

/// The place of a rule in its service, for the references from rules to target groups.
struct RulePlace: Hashable {
    var rule: RuleID
    var listener: ListenerID
    var service: ServiceID
    var scope: Scope
}

extension StoreSession {
    /// Replaces the references of one rule to target groups.
    ///
    /// Everything is read in the one session, so that a group which is deleted, or taken by another service, while
    /// the transaction runs makes it run again.
    ///
    /// - Throws: ResourceNotFoundException for an unknown group, ConflictException for one that is being deleted or
    ///   that another service uses, ServiceQuotaExceededException if the service would use too many.
    func replaceUses(
        at place: RulePlace, from old: RuleAction?, to new: RuleAction, limits: LatticeQuotas
    ) async throws {
        try await requireUsable(new, by: place)
        if !new.targetGroupIDs.isEmpty {
            let uses = try await serviceUses(of: place.service, in: place.scope)
            try uses.replacing([place.rule: new.targetGroupIDs]).requireRoom(after: uses, limits: limits)
        }
        try writeUses(at: place, from: old, to: new)
    }

    /// - Throws: ResourceNotFoundException for an unknown group, ConflictException for one that is being deleted or
    ///   that another service uses.
    func requireUsable(_ action: RuleAction, by place: RulePlace) async throws {
        for group in action.targetGroupIDs.sorted(by: { $0.rawValue < $1.rawValue }) {
            _ = try await liveTargetGroup(group, in: place.scope)
            let uses = try await list(TargetGroupUse.self, under: IndexKeys(place.scope).uses(of: group))
            if let other = uses.first(where: { $0.service != place.service }) {
                throw LatticeError.conflict(
                    group,
                    "TargetGroup \(group) is used by Service \(other.service) already; a target group serves one"
                        + " service")
            }
        }
    }

    /// Writes what was found to be allowed.
    func writeUses(at place: RulePlace, from old: RuleAction?, to new: RuleAction) throws {
        let oldGroups = old?.targetGroupIDs ?? []
        removeUses(at: place, of: oldGroups.subtracting(new.targetGroupIDs))
        let keys = IndexKeys(place.scope)
        for group in new.targetGroupIDs.subtracting(oldGroups) {
            let use = TargetGroupUse(
                targetGroup: group, service: place.service, listener: place.listener, rule: place.rule)
            try put(use, at: keys.use(of: group, by: place.rule))
            try put(use, at: keys.use(by: place.service, of: group, rule: place.rule))
        }
    }

    func removeUses(at place: RulePlace, of groups: Set<TargetGroupID>) {
        let keys = IndexKeys(place.scope)
        for group in groups {
            delete(keys.use(of: group, by: place.rule))
            delete(keys.use(by: place.service, of: group, rule: place.rule))
        }
    }

    func serviceUses(of service: ServiceID, in scope: Scope) async throws -> ServiceUses {
        ServiceUses(try await list(TargetGroupUse.self, under: IndexKeys(scope).uses(by: service)))
    }
}

/// The target groups that the rules of one service use.
struct ServiceUses {
    private var groups: [RuleID: Set<TargetGroupID>] = [:]

    init(_ uses: [TargetGroupUse]) {
        for use in uses { groups[use.rule, default: []].insert(use.targetGroup) }
    }

    var all: Set<TargetGroupID> { groups.values.reduce(into: []) { $0.formUnion($1) } }

    func replacing(_ changes: [RuleID: Set<TargetGroupID>]) -> ServiceUses {
        var changed = self
        changed.groups.merge(changes) { _, new in new }
        return changed
    }

    /// - Parameter before: A quota that was lowered since must not keep rules from using fewer groups, or the same ones.
    /// - Throws: ServiceQuotaExceededException if these are too many.
    func requireRoom(after before: ServiceUses, limits: LatticeQuotas) throws {
        let quota = LatticeQuota.targetGroupsPerService
        guard all.isSubset(of: before.all) || all.count <= limits[quota] else {
            throw LatticeError.quotaExceeded(
                quota, limit: limits[quota], resourceType: TargetGroupKind.resourceType)
        }
    }
}

extension RecordReader {
    /// Every rule that forwards to a group; all are of one service.
    func uses(of group: TargetGroupID, in scope: Scope) async throws -> [TargetGroupUse] {
        try await list(TargetGroupUse.self, under: IndexKeys(scope).uses(of: group))
    }
}

extension RuleAction {
    var targetGroupIDs: Set<TargetGroupID> { Set(targetGroups.map(\.targetGroup)) }
}
