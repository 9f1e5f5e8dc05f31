import TrellisAPI

/// A rule, as it was typed.
struct RuleForm: Hashable, Sendable {
    var name = ""
    var priority = "10"
    var match = MatchForm()
    var action = ActionForm()

    init() {}

    init(_ form: FormValues) {
        name = form["name"]
        priority = form["priority"]
        match = MatchForm(form)
        action = ActionForm(form)
    }

    /// - Parameter rule: The answer of GetRule.
    init(_ rule: JSONValue) {
        name = rule["name"]?.text ?? ""
        priority = rule["priority"]?.integer.map(String.init) ?? ""
        match = MatchForm(rule["match"])
        action = ActionForm(rule["action"])
    }

    /// - Returns: Whether the button changes the form only.
    mutating func apply(_ button: String) -> Bool { match.apply(button) || action.apply(button) }

    var changeInput: JSONValue {
        .object(["priority": .number(typed: priority), "match": match.json, "action": action.json])
    }

    var creationInput: JSONValue {
        .object([
            "name": .string(name), "priority": .number(typed: priority), "match": match.json, "action": action.json,
        ])
    }

    func input(of member: String) -> String? {
        switch member {
        case "name", "priority": member
        case _ where member.hasPrefix("match"): MatchForm.input(of: member)
        default: action.input(of: member)
        }
    }

    func errors(_ failure: OperationFailure) -> FormErrors {
        guard failure.type == "ConflictException" else { return FormErrors(failure, input: input) }
        return FormErrors(fields: [failure.message.contains("priority") ? "priority" : "name": failure.message])
    }

    func fields(_ groups: [Field.Option], _ errors: FormErrors) -> HTML {
        """
        \(Field("priority", "Priority", value: priority, hint: "1 to 2000; a smaller number comes first.",
            error: errors["priority"]).html)
        <h2>Match</h2>
        \(match.fields(errors))
        <h2>Action</h2>
        \(action.fields(groups, errors))
        """
    }
}
