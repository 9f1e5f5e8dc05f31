import TrellisAPI
import TrellisModel

/// A rule as the API shows it: one of its own, or the default rule of a listener.
///
/// The default rule is kept in the ``ListenerRecord``. It has the name `default`, no priority and no match; name and
/// missing priority are chosen.
struct RuleView {
    static let defaultRuleName = "default"

    var place: RulePlace
    var name: String
    var isDefault: Bool
    var priority: Int?
    var match: HTTPMatch?
    var action: RuleAction
    var createdAt: Timestamp
    var lastUpdatedAt: Timestamp

    init(_ rule: RuleRecord) {
        place = rule.place
        name = rule.name
        isDefault = false
        priority = rule.priority
        match = rule.match
        action = rule.action
        createdAt = rule.createdAt
        lastUpdatedAt = rule.lastUpdatedAt
    }

    init(defaultRuleOf listener: ListenerRecord) {
        place = listener.defaultRulePlace
        name = Self.defaultRuleName
        isDefault = true
        action = listener.defaultAction
        createdAt = listener.createdAt
        lastUpdatedAt = listener.lastUpdatedAt
    }

    var createdJSON: JSONValue { members.showing(allBut: "isDefault", "createdAt", "lastUpdatedAt") }

    var updatedJSON: JSONValue { members.showing(allBut: "createdAt", "lastUpdatedAt") }

    var fullJSON: JSONValue { members.all }

    var summaryJSON: JSONValue { members.showing(allBut: "match", "action") }

    private var members: ResourceMembers {
        ResourceMembers([
            "arn": .string(place.scope.arn(place.rule, of: place.listener, of: place.service)),
            "id": .id(place.rule), "name": .string(name), "isDefault": .boolean(isDefault),
            "priority": priority.map(JSONValue.number), "match": match?.json, "action": action.json,
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
        ])
    }
}
