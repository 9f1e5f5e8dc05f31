import TrellisAPI

/// What a rule or a default action does, as it was typed: forward by weights, or a fixed response.
struct ActionForm: Hashable, Sendable {
    /// As many groups as an action may have.
    static let maximumGroups = 10
    static let weights = 0...999

    struct Group: Hashable, Sendable {
        /// Id or ARN.
        var identifier: String
        var weight: String
    }

    enum Kind: String {
        case forward
        case fixed
    }

    var kind = Kind.forward
    var groups = [Group(identifier: "", weight: "100")]
    var statusCode = "404"

    init() {}

    init(_ form: FormValues) {
        kind = Kind(rawValue: form["action"]) ?? .forward
        groups = (0..<Self.maximumGroups).filter { form.contains("group-\($0)") }.map { index in
            Group(identifier: form["group-\(index)"], weight: form["weight-\(index)"])
        }
        statusCode = form["status-code"]
    }

    /// - Parameter action: A `RuleAction` as the API shows it.
    init(_ action: JSONValue?) {
        if let status = action?["fixedResponse"]?["statusCode"]?.integer {
            kind = .fixed
            statusCode = String(status)
        } else if let groups = action?["forward"]?["targetGroups"]?.elements {
            self.groups = groups.map { group in
                Group(
                    identifier: group["targetGroupIdentifier"]?.text ?? "",
                    weight: String(group["weight"]?.integer ?? 100))
            }
        }
    }

    /// Carries out `add-group` and `remove-group-0`.
    ///
    /// - Returns: Whether the button was one of these, or the one that only shows the shares.
    mutating func apply(_ button: String) -> Bool {
        if button == "shares" { return true }
        if button == "add-group" {
            if groups.count < Self.maximumGroups { groups.append(Group(identifier: "", weight: "100")) }
            return true
        }
        guard button.hasPrefix("remove-group-") else { return false }
        if let index = Int(button.dropFirst("remove-group-".count)), groups.indices.contains(index) {
            groups.remove(at: index)
        }
        return true
    }

    /// The `RuleAction`; a row without a group is none.
    var json: JSONValue {
        switch kind {
        case .fixed: .object(["fixedResponse": .object(["statusCode": .number(typed: statusCode)])])
        case .forward:
            .object([
                "forward": .object([
                    "targetGroups": .array(
                        filledGroups.map { group in
                            .object([
                                "targetGroupIdentifier": .string(group.identifier),
                                "weight": .number(typed: group.weight),
                            ])
                        })
                ])
            ])
        }
    }

    private var filledGroups: [Group] { groups.filter { !$0.identifier.isEmpty } }

    /// The share of each row in per cent of the requests, in their order: `["80.0 %", "20.0 %"]`.
    var shares: [String] {
        let weights = groups.map { group in
            group.identifier.isEmpty ? 0 : min(max(0, Int(group.weight) ?? 0), Self.weights.upperBound)
        }
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return weights.map { _ in "0 %" } }
        return weights.map { weight in
            let perMille = (weight * 1000 + sum / 2) / sum
            return "\(perMille / 10).\(perMille % 10) %"
        }
    }

    /// The form's input for a member below `action` or `defaultAction`.
    func input(of member: String) -> String? {
        if member.hasSuffix("fixedResponse.statusCode") { return "status-code" }
        guard let start = member.firstRange(of: "targetGroups[")?.upperBound,
            let filled = Int(member[start...].prefix { $0 != "]" }), filledGroups.indices.contains(filled)
        else { return member.contains("ction") ? "action" : nil }
        // The API counts the rows that have a group.
        let rows = groups.indices.filter { !groups[$0].identifier.isEmpty }
        return member.hasSuffix("weight") ? "weight-\(rows[filled])" : "group-\(rows[filled])"
    }

    func fields(_ targetGroups: [Field.Option], _ errors: FormErrors) -> HTML {
        let kinds: [Field.Option] = [
            .init("forward", "Forward to target groups"), .init("fixed", "Return a fixed response"),
        ]
        return """
            \(Field("action", "Action", .radio(kinds), value: kind.rawValue, error: errors["action"]).html)
            <fieldset class="box" data-weights><legend>Target groups</legend>
            \(rows(targetGroups, errors))
            <p>\(Form.button("Add target group", do: "add-group")) \(Form.button("Show shares", do: "shares"))</p>
            </fieldset>
            \(Field("status-code", "Status of the fixed response", .select([.init("404"), .init("500")]), value: statusCode,
                error: errors["status-code"]).html)
            """
    }

    private func rows(_ targetGroups: [Field.Option], _ errors: FormErrors) -> [HTML] {
        zip(groups, shares).enumerated().map { index, row -> HTML in
            let (group, share) = row
            let known = targetGroups.contains { $0.value == group.identifier }
            let options =
                [Field.Option("", "Choose a target group")]
                + (known || group.identifier.isEmpty ? [] : [.init(group.identifier)]) + targetGroups
            return """
                <div class="pair">\(Field("group-\(index)", "Target group \(index + 1)", .select(options),
                    value: group.identifier, error: errors["group-\(index)"]).html)\
                <div>\(Field("weight-\(index)", "Weight \(index + 1)", .slider(Self.weights), value: group.weight,
                    error: errors["weight-\(index)"]).html)<output for="f-weight-\(index)">\(group.weight), share \(share)</output></div>\
                <button name="do" value="remove-group-\(index)" aria-label="Remove target group \(index + 1)">Remove</button></div>
                """
        }
    }

    /// In one line, for tables.
    static func summary(_ action: JSONValue?, names: [String: String]) -> HTML {
        if let status = action?["fixedResponse"]?["statusCode"]?.integer { return "fixed response \(status)" }
        let form = ActionForm(action)
        let parts = zip(form.groups, form.shares).map { group, share -> HTML in
            let link = HTML.link(
                names[group.identifier] ?? group.identifier, to: TargetGroupPages.path(group.identifier))
            return "<li>\(link), \(share)</li>"
        }
        return "<ul class=\"plain\">\(parts)</ul>"
    }
}
