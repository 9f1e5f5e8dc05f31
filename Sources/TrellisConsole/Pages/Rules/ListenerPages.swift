import TrellisAPI

/// `/console/services/{id}/listeners` and below.
struct ListenerPages {
    var operations: Operations

    var routes: [ConsoleRoute] {
        let root = "/console/services/{id}/listeners"
        let listener = "\(root)/{listener}"
        return [
            ConsoleRoute("GET", "\(root)/create") { .page(try await creation($0, ListenerForm(), FormErrors())) },
            ConsoleRoute("POST", "\(root)/create") { try await create($0) },
            ConsoleRoute("GET", listener) { .page(try await details($0)) },
            ConsoleRoute("GET", "\(listener)/edit") { .page(try await edit($0, nil, FormErrors())) },
            ConsoleRoute("POST", "\(listener)/edit") { try await saveEdit($0) },
            ConsoleRoute("POST", "\(listener)/order") { try await move($0) },
            ConsoleRoute("GET", "\(listener)/delete") { .page(deletion($0).page($0)) },
            ConsoleRoute("POST", "\(listener)/delete") { try await deletion($0).answer($0) },
        ]
    }

    static func path(_ service: String, _ listener: String) -> String {
        ConsolePath.make("services", service, "listeners", listener)
    }

    /// A listener to be created, as it was typed.
    private struct ListenerForm {
        var name = ""
        var listenerProtocol = "HTTP"
        var port = ""
        var action = ActionForm()

        init() {}

        init(_ form: FormValues) {
            name = form["name"]
            listenerProtocol = form["protocol"]
            port = form["port"]
            action = ActionForm(form)
        }

        var input: JSONValue {
            .object(omittingNil: [
                "name": .string(name), "protocol": .string(listenerProtocol),
                "port": port.isEmpty ? nil : .number(typed: port), "defaultAction": action.json,
            ])
        }

        func input(of member: String) -> String? {
            ["name", "protocol", "port"].contains(member) ? member : action.input(of: member)
        }
    }

    // MARK: Create and edit

    private func creation(
        _ request: PageRequest, _ listener: ListenerForm, _ errors: FormErrors
    ) async throws -> Page {
        let service = request.label("id")
        let groups = try await TargetGroupNames(operations: operations).options()
        let protocols = ["HTTP", "HTTPS", "TLS_PASSTHROUGH"].map { Field.Option($0) }
        let form = Form(
            request.path, submit: "Add listener", submitValue: "create", cancelPath: ServicePages.path(service),
            fields: """
                \(errors.html)
                \(Field("name", "Listener name", value: listener.name, error: errors["name"]).html)
                \(Field("protocol", "Protocol", .select(protocols), value: listener.listenerProtocol, error: errors["protocol"]).html)
                \(Field("port", "Port", value: listener.port, hint: "1 to 65535; empty for the one of the protocol.",
                    error: errors["port"]).html)
                <h2>Default action</h2><p class="hint">For requests that no rule matches.</p>
                \(listener.action.fields(groups, errors))
                """)
        return Page(
            "Add listener", in: .services, crumbs: [ServicePages.crumb, .init(service, ServicePages.path(service))],
            scripts: ["weights.js"], content: form.html(request))
    }

    private func create(_ request: PageRequest) async throws -> ConsoleAnswer {
        var listener = ListenerForm(request.form)
        if listener.action.apply(request.form.action) {
            return .page(try await creation(request, listener, FormErrors()))
        }
        let service = request.label("id")
        do {
            let made = try await operations.call(.lattice, "POST", ["services", service, "listeners"], listener.input)
            return .redirect(
                to: Self.path(service, made["id"]?.text ?? ""), Notice(.done, "Listener \(listener.name) was added."))
        } catch {
            guard error.status < 500 else { throw error }
            let entered = listener
            return .page(try await creation(request, entered, FormErrors(error, input: entered.input)))
        }
    }

    private func edit(_ request: PageRequest, _ typed: ActionForm?, _ errors: FormErrors) async throws -> Page {
        let listener = try await self.listener(request)
        let groups = try await TargetGroupNames(operations: operations).options()
        let action = typed ?? ActionForm(listener["defaultAction"])
        let form = Form(
            request.path, submit: "Save changes", submitValue: "save", cancelPath: path(request),
            fields: errors.html + action.fields(groups, errors))
        return Page(
            "Edit default action", in: .services, crumbs: crumbs(request, listener), scripts: ["weights.js"],
            content: form.html(request))
    }

    private func saveEdit(_ request: PageRequest) async throws -> ConsoleAnswer {
        var action = ActionForm(request.form)
        if action.apply(request.form.action) { return .page(try await edit(request, action, FormErrors())) }
        do {
            try await operations.call(
                .lattice, "PATCH", ["services", request.label("id"), "listeners", request.label("listener")],
                .object(["defaultAction": action.json]))
            return .redirect(to: path(request), Notice(.done, "The default action was changed."))
        } catch {
            guard error.status < 500, error.status != 404 else { throw error }
            let entered = action
            return .page(try await edit(request, entered, FormErrors(error, input: entered.input)))
        }
    }

    // MARK: One listener

    private func path(_ request: PageRequest) -> String { Self.path(request.label("id"), request.label("listener")) }

    private func listener(_ request: PageRequest) async throws -> JSONValue {
        try await operations.call(
            .lattice, "GET", ["services", request.label("id"), "listeners", request.label("listener")])
    }

    private func crumbs(_ request: PageRequest, _ listener: JSONValue? = nil) -> [Page.Crumb] {
        let service = request.label("id")
        let up = [ServicePages.crumb, Page.Crumb(service, ServicePages.path(service))]
        return listener.map { up + [.init($0["name"]?.text ?? "", path(request))] } ?? up
    }

    private func details(_ request: PageRequest) async throws -> Page {
        let listener = try await self.listener(request)
        let names = try await TargetGroupNames(operations: operations).names()
        return Page(
            listener["name"]?.text ?? "", in: .services, crumbs: crumbs(request), scripts: ["order.js"],
            content: """
                <div class="buttons"><a class="button" href="\(path(request))/edit">Edit default action</a>
                <a class="button" href="\(path(request))/delete">Delete</a></div>
                \(Details([
                    ("Protocol", listener["protocol"]?.text.map { "\($0)" }),
                    ("Port", listener["port"]?.integer.map { "\($0)" }),
                    ("Default action", ActionForm.summary(listener["defaultAction"], names: names)),
                    ("ARN", listener["arn"]?.text.map { "\($0)" }),
                ]).html)
                <h2 id="rules">Rules</h2>
                <p>The first rule that matches a request decides. Move a rule with its buttons, or drag its row.</p>
                <p><a class="button primary" href="\(path(request))/rules/create">Add rule</a></p>
                \(try await rules(request, names))
                """)
    }

    private func rules(_ request: PageRequest, _ names: [String: String]) async throws -> HTML {
        let rules = try await RuleList(operations: operations, request).all()
        let rows = rules.enumerated().map { index, rule -> [HTML] in
            let id = rule["id"]?.text ?? ""
            let name = rule["name"]?.text ?? ""
            return [
                .link(name, to: RulePages.path(request, id)), "\(rule["priority"]?.integer ?? 0)",
                "\(MatchForm.summary(rule["match"]))", ActionForm.summary(rule["action"], names: names),
                """
                <button name="do" value="\(id):\(index - 1)"\(flag: "disabled", if: index == 0) aria-label="Move \(name) up">Up</button>
                <button name="do" value="\(id):\(index + 1)"\(flag: "disabled", if: index == rules.count - 1) \
                aria-label="Move \(name) down">Down</button>
                """,
            ]
        }
        let table = Table(
            "Rules by priority",
            columns: [
                .init("Name"), .init("Priority", isNumber: true), .init("Match"), .init("Action"), .init("Order"),
            ],
            rows: rows, empty: "There is no rule: the default action is for all requests.")
        return """
            <form class="rules" method="post" action="\(path(request))/order" data-order>\
            \(Form.csrfField(request.session.csrfToken))\(table.html)</form>
            """
    }

    /// `do` is the id of a rule and its new place: `rule-0a…:3`.
    private func move(_ request: PageRequest) async throws -> ConsoleAnswer {
        let parts = request.form.action.split(separator: ":")
        guard parts.count == 2, let id = parts.first, let place = parts.last.flatMap({ Int($0) }) else {
            return .redirect(to: path(request), Notice(.problem, "The request names no rule and place."))
        }
        let list = RuleList(operations: operations, request)
        let order = RuleOrder(
            try await list.all().map {
                RuleOrder.Entry(id: $0["id"]?.text ?? "", priority: $0["priority"]?.integer ?? 0)
            })
        for batch in order.moves(of: String(id), to: place) {
            if let problem = try await list.setPriorities(batch) {
                return .redirect(to: path(request), Notice(.problem, problem))
            }
        }
        return .redirect(to: "\(path(request))#rules", Notice(.done, "The order of the rules was changed."))
    }

    private func deletion(_ request: PageRequest) -> Confirmation {
        let operations = operations
        let service = request.label("id")
        let listener = request.label("listener")
        return Confirmation(
            title: "Delete listener", section: .services, crumbs: crumbs(request), cancelPath: path(request),
            text: "The listener and its rules are deleted; its port is closed.", submit: "Delete",
            donePath: ServicePages.path(service), done: "The listener was deleted."
        ) { try await operations.call(.lattice, "DELETE", ["services", service, "listeners", listener]) }
    }
}
