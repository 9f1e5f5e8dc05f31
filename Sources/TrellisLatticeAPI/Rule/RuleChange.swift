import TrellisAPI
import TrellisModel

/// What is to become of a rule: the body of UpdateRule, or an element of BatchUpdateRule's `rules`.
struct RuleChange {
    /// An id or ARN of a rule.
    var identifier: String
    var match: HTTPMatch?
    var priority: Int?
    var action: RuleActionInput?

    init(_ reader: InputReader, identifier: String) {
        self.identifier = identifier
        match = reader.ruleMatch("match")
        priority = reader.integer("priority", in: LatticeShapes.rulePriority)
        action = reader.ruleAction("action")
    }
}
