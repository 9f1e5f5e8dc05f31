import TrellisAPI

/// The rules of one listener.
struct RuleList {
    private let operations: Operations
    private let path: [String]

    init(operations: Operations, _ request: PageRequest) {
        self.operations = operations
        path = ["services", request.label("id"), "listeners", request.label("listener"), "rules"]
    }

    /// All rules without the default one, by priority; a quota bounds them.
    func all() async throws -> [JSONValue] {
        var rules: [JSONValue] = []
        var token: String?
        repeat {
            let answer = try await operations.call(
                .lattice, "GET", path, query: ["maxResults": "100", "nextToken": token])
            rules += answer["items"]?.elements ?? []
            token = answer["nextToken"]?.text
        } while token != nil
        var own: [JSONValue] = []
        for rule in rules where rule["isDefault"] != .boolean(true) {
            // The list has neither matches nor actions.
            own.append(try await operations.call(.lattice, "GET", path + [rule["id"]?.text ?? ""]))
        }
        return own.sorted { ($0["priority"]?.integer ?? 0) < ($1["priority"]?.integer ?? 0) }
    }

    /// - Returns: Why a rule was not changed; `nil` if all were.
    func setPriorities(_ entries: [RuleOrder.Entry]) async throws -> String? {
        let rules = entries.map { entry in
            JSONValue.object([
                "ruleIdentifier": .string(entry.id), "priority": .integer(Int64(entry.priority)),
            ])
        }
        let answer = try await operations.call(.lattice, "PATCH", path, .object(["rules": .array(rules)]))
        return answer["unsuccessful"]?.elements.first?["failureMessage"]?.text
    }
}

/// The target groups that an action can name.
struct TargetGroupNames {
    var operations: Operations

    /// The first 100.
    func options() async throws -> [Field.Option] {
        try await groups().map { group in
            Field.Option(group["id"]?.text ?? "", "\(group["name"]?.text ?? "") (\(group["type"]?.text ?? ""))")
        }
    }

    /// By their ids.
    func names() async throws -> [String: String] {
        Dictionary(
            try await groups().map { ($0["id"]?.text ?? "", $0["name"]?.text ?? "") }, uniquingKeysWith: { $1 })
    }

    private func groups() async throws -> [JSONValue] {
        let answer = try await operations.call(.lattice, "GET", ["targetgroups"], query: ["maxResults": "100"])
        return answer["items"]?.elements ?? []
    }
}
