import TrellisAPI

/// `/console/services/{id}/listeners/{listener}/rules` and below.
struct RulePages {
    var operations: Operations

    var routes: [ConsoleRoute] {
        let root = "/console/services/{id}/listeners/{listener}/rules"
        return [
            ConsoleRoute("GET", "\(root)/create") { .page(try await creation($0, RuleForm(), FormErrors())) },
            ConsoleRoute("POST", "\(root)/create") { try await create($0) },
            ConsoleRoute("GET", "\(root)/{rule}") { .page(try await edit($0, nil, FormErrors())) },
            ConsoleRoute("POST", "\(root)/{rule}") { try await save($0) },
            ConsoleRoute("GET", "\(root)/{rule}/delete") { .page(deletion($0).page($0)) },
            ConsoleRoute("POST", "\(root)/{rule}/delete") { try await deletion($0).answer($0) },
        ]
    }

    static func path(_ request: PageRequest, _ rule: String) -> String {
        ConsolePath.make("services", request.label("id"), "listeners", request.label("listener"), "rules", rule)
    }

    private func listenerPath(_ request: PageRequest) -> String {
        ListenerPages.path(request.label("id"), request.label("listener"))
    }

    private func crumbs(_ request: PageRequest) -> [Page.Crumb] {
        let service = request.label("id")
        return [
            ServicePages.crumb, .init(service, ServicePages.path(service)),
            .init(request.label("listener"), listenerPath(request)),
        ]
    }

    private func operationPath(_ request: PageRequest) -> [String] {
        ["services", request.label("id"), "listeners", request.label("listener"), "rules"]
    }

    private func creation(_ request: PageRequest, _ rule: RuleForm, _ errors: FormErrors) async throws -> Page {
        let groups = try await TargetGroupNames(operations: operations).options()
        let form = Form(
            request.path, submit: "Add rule", submitValue: "create", cancelPath: listenerPath(request),
            fields: """
                \(errors.html)
                \(Field("name", "Rule name", value: rule.name, error: errors["name"]).html)
                \(rule.fields(groups, errors))
                """)
        return Page(
            "Add rule", in: .services, crumbs: crumbs(request), scripts: ["weights.js"], content: form.html(request))
    }

    private func create(_ request: PageRequest) async throws -> ConsoleAnswer {
        var rule = RuleForm(request.form)
        if rule.apply(request.form.action) { return .page(try await creation(request, rule, FormErrors())) }
        let typed = rule
        if let errors = try await send("POST", operationPath(request), typed.creationInput, typed) {
            return .page(try await creation(request, typed, errors))
        }
        return .redirect(to: listenerPath(request), Notice(.done, "Rule \(typed.name) was added."))
    }

    private func edit(_ request: PageRequest, _ typed: RuleForm?, _ errors: FormErrors) async throws -> Page {
        let stored = try await operations.call(.lattice, "GET", operationPath(request) + [request.label("rule")])
        let groups = try await TargetGroupNames(operations: operations).options()
        let rule = typed ?? RuleForm(stored)
        let form = Form(
            request.path, submit: "Save changes", submitValue: "save", cancelPath: listenerPath(request),
            fields: errors.html + rule.fields(groups, errors))
        return Page(
            stored["name"]?.text ?? "", in: .services, crumbs: crumbs(request), scripts: ["weights.js"],
            content: """
                <div class="buttons"><a class="button" href="\(Self.path(request, request.label("rule")))/delete">Delete</a></div>
                \(form.html(request))
                """)
    }

    private func save(_ request: PageRequest) async throws -> ConsoleAnswer {
        var rule = RuleForm(request.form)
        if rule.apply(request.form.action) { return .page(try await edit(request, rule, FormErrors())) }
        let typed = rule
        let path = operationPath(request) + [request.label("rule")]
        if let errors = try await send("PATCH", path, typed.changeInput, typed) {
            return .page(try await edit(request, typed, errors))
        }
        return .redirect(to: listenerPath(request), Notice(.done, "The rule was changed."))
    }

    private func send(
        _ method: String, _ path: [String], _ input: JSONValue, _ rule: RuleForm
    ) async throws -> FormErrors? {
        do {
            try await operations.call(.lattice, method, path, input)
            return nil
        } catch {
            guard error.status < 500, error.status != 404 else { throw error }
            return rule.errors(error)
        }
    }

    private func deletion(_ request: PageRequest) -> Confirmation {
        let operations = operations
        let path = operationPath(request) + [request.label("rule")]
        return Confirmation(
            title: "Delete rule", section: .services, crumbs: crumbs(request), cancelPath: listenerPath(request),
            text: "Requests that the rule matched go to the next rule that matches.", submit: "Delete",
            donePath: listenerPath(request), done: "The rule was deleted."
        ) { try await operations.call(.lattice, "DELETE", path) }
    }
}
