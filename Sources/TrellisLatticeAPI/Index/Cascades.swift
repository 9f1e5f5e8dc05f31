import TrellisModel
import TrellisStore

/// What goes away with a resource, in the transaction that deletes it.
///
/// The lists are read in the session, so that a child added meanwhile makes the transaction run again; none is left
/// over.
extension StoreSession {
    func removeListeners(of service: ServiceID, in scope: Scope) async throws {
        for listener in try await list(
            ListenerRecord.self, under: .all(.listener, in: scope, under: service.rawValue))
        {
            try await remove(listener)
        }
    }

    /// A listener with its rules.
    func remove(_ listener: ListenerRecord) async throws {
        let rules = try await list(
            RuleRecord.self,
            under: .all(.rule, in: listener.scope, under: listener.service.rawValue, listener.id.rawValue))
        for rule in rules { remove(rule) }
        removeUses(at: listener.defaultRulePlace, of: listener.defaultAction.targetGroupIDs)
        let keys = IndexKeys(listener.scope)
        delete(keys.listenerName(listener.name, of: listener.service))
        delete(keys.listenerPort(listener.port, of: listener.service))
        delete(.listener(listener.id, of: listener.service, in: listener.scope))
    }

    func remove(_ rule: RuleRecord) {
        removeUses(at: rule.place, of: rule.action.targetGroupIDs)
        let keys = IndexKeys(rule.scope)
        delete(keys.ruleName(rule.name, of: rule.listener))
        delete(keys.rulePriority(rule.priority, of: rule.listener))
        delete(.rule(rule.id, of: rule.listener, of: rule.service, in: rule.scope))
    }
}

extension RuleRecord {
    var place: RulePlace { RulePlace(rule: id, listener: listener, service: service, scope: scope) }
}

extension ListenerRecord {
    var defaultRulePlace: RulePlace { RulePlace(rule: defaultRule, listener: id, service: service, scope: scope) }
}
