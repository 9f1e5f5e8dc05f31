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
        for group in new.targetGroupIDs.sorted(by: { $0.rawValue < $1.rawValue }) {
            try await requireUsable(group, by: place)
        }
        try await requireRoom(forGroups: new.targetGroupIDs, at: place, limits: limits)
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

    private func requireUsable(_ group: TargetGroupID, by place: RulePlace) async throws {
        _ = try await liveTargetGroup(group, in: place.scope)
        let uses = try await list(TargetGroupUse.self, under: IndexKeys(place.scope).uses(of: group))
        if let other = uses.first(where: { $0.service != place.service }) {
            throw LatticeError.conflict(
                group,
                "TargetGroup \(group) is used by Service \(other.service) already; a target group serves one service")
        }
    }

    private func requireRoom(
        forGroups groups: Set<TargetGroupID>, at place: RulePlace, limits: LatticeQuotas
    ) async throws {
        let uses = try await list(TargetGroupUse.self, under: IndexKeys(place.scope).uses(by: place.service))
        // A quota that was lowered since must not keep a rule from using fewer groups, or the same ones.
        guard !groups.isSubset(of: uses.map(\.targetGroup)) else { return }
        let usedByOthers = Set(uses.filter { $0.rule != place.rule }.map(\.targetGroup))
        let quota = LatticeQuota.targetGroupsPerService
        guard usedByOthers.union(groups).count <= limits[quota] else {
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
