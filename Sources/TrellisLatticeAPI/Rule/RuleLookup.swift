import TrellisAPI
import TrellisModel

extension APICall {
    /// The service, listener and rule named in the path.
    func readRulePlace() throws -> RulePlace {
        let labels = try read { ($0.serviceLabel(), $0.listenerLabel(), $0.ruleLabel()) }
        return try rulePlace(labels.0, labels.1, labels.2)
    }

    func rulePlace(
        _ serviceIdentifier: String, _ listenerIdentifier: String, _ ruleIdentifier: String
    ) throws -> RulePlace {
        let place = try listenerPlace(serviceIdentifier, listenerIdentifier)
        let rule = try id(ofRule: ruleIdentifier, in: place.listener, of: place.service)
        return RulePlace(rule: rule, listener: place.listener, service: place.service, scope: scope)
    }
}

extension RecordReader {
    /// A rule or the default rule.
    func ruleView(at place: RulePlace) async throws -> RuleView {
        let listener = try await listener(place.listener, of: place.service, in: place.scope)
        if listener.defaultRule == place.rule { return RuleView(defaultRuleOf: listener) }
        return RuleView(try await storedRule(at: place))
    }

    /// A rule that the rule operations may change.
    ///
    /// - Parameter change: What is refused for the default rule, for example `deleted`.
    /// - Throws: ValidationException for the default rule.
    func changeableRule(at place: RulePlace, toBe change: String) async throws -> RuleRecord {
        let listener = try await listener(place.listener, of: place.service, in: place.scope)
        guard listener.defaultRule != place.rule else {
            throw LatticeError.invalid(
                "ruleIdentifier",
                "Rule \(place.rule) is the default rule of Listener \(place.listener) and cannot be \(change);"
                    + " use UpdateListener to change the default action")
        }
        return try await storedRule(at: place)
    }

    private func storedRule(at place: RulePlace) async throws -> RuleRecord {
        let key = StoreKey.rule(place.rule, of: place.listener, of: place.service, in: place.scope)
        guard let rule = try await get(RuleRecord.self, at: key) else { throw LatticeError.notFound(place.rule) }
        return rule
    }
}
