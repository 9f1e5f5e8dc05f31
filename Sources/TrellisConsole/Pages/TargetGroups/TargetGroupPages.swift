import TrellisAPI

/// `/console/target-groups` and below.
struct TargetGroupPages {
    var operations: Operations

    var routes: [ConsoleRoute] {
        let group = "/console/target-groups/{id}"
        return [
            ConsoleRoute("GET", "/console/target-groups") { .page(try await list($0)) },
            ConsoleRoute("GET", "/console/target-groups/create") {
                .page(TargetGroupCreation(operations: operations).start($0))
            },
            ConsoleRoute("POST", "/console/target-groups/create", bodyLimit: Self.uploadLimit) {
                try await TargetGroupCreation(operations: operations).answer($0)
            },
            ConsoleRoute("GET", group) { .page(try await TargetGroupPage(operations, $0).page()) },
            ConsoleRoute("GET", "\(group)/edit") { .page(try await edit($0, FormErrors())) },
            ConsoleRoute("POST", "\(group)/edit") { try await saveEdit($0) },
            ConsoleRoute("GET", "\(group)/register") { .page(try await registration($0, FormErrors())) },
            ConsoleRoute("POST", "\(group)/register") { try await register($0) },
            ConsoleRoute("GET", "\(group)/deregister") { .page(try await deregistration($0, FormErrors())) },
            ConsoleRoute("POST", "\(group)/deregister") { try await deregister($0) },
            ConsoleRoute("GET", "\(group)/delete") { .page(try await deletion($0).page($0)) },
            ConsoleRoute("POST", "\(group)/delete") { try await deletion($0).answer($0) },
        ]
    }

    /// A zip of 50 MiB, which is the most that CreateFunction takes, and the rest of a form.
    static let uploadLimit = 52_690_000

    static func path(_ id: String, _ more: String...) -> String {
        ([ConsolePath.make("target-groups", id)] + more).joined(separator: "/")
    }

    static let crumb = Page.Crumb("Target groups", ConsolePath.make("target-groups"))

    private func list(_ request: PageRequest) async throws -> Page {
        let list = ResourceList(
            "Target groups", source: .lattice(operations, ["targetgroups"]),
            columns: [
                .init("Name"), .init("Type"), .init("Status"), .init("Event structure version"), .init("Created"),
            ],
            empty: "There are no target groups yet."
        ) { group in
            [
                .link(group["name"]?.text ?? "", to: Self.path(group["id"]?.text ?? "")),
                "\(group["type"]?.text)", HTML.status(group["status"]?.text) ?? .empty,
                "\(group["lambdaEventStructureVersion"]?.text ?? "–")", "\(group["createdAt"]?.text)",
            ]
        }
        return Page(
            "Target groups", in: .targetGroups,
            content: """
                <p>A target group says where requests go: here mostly to a Lambda function.</p>
                <p><a class="button primary" href="\(ConsolePath.make("target-groups", "create"))">Create target group</a></p>
                \(try await list.html(request))
                """)
    }

    private func findErrors(_ target: TargetForm) async -> FormErrors {
        await FunctionNames(operations: operations).problem(with: target.function)
    }

    private func suggestions(for function: String) async throws -> TargetForm.Suggestions {
        try await FunctionNames(operations: operations).suggestions(for: function)
    }

    // MARK: Edit

    private func edit(_ request: PageRequest, _ errors: FormErrors) async throws -> Page {
        let id = request.label("id")
        let group = try await operations.call(.lattice, "GET", ["targetgroups", id])
        let version =
            request.form.contains("version")
            ? request.form["version"] : group["config"]?["lambdaEventStructureVersion"]?.text ?? ""
        let form = Form(
            request.path, submit: "Save changes", cancelPath: Self.path(id),
            fields: errors.html
                + Field(
                    "version", "Lambda event structure version", .radio(TargetGroupForm.versions), value: version,
                    hint: "Requests that begin from now on have it.", error: errors["version"]
                ).html)
        return Page(
            "Edit event structure version", in: .targetGroups, crumbs: crumbs(of: group), content: form.html(request))
    }

    private func saveEdit(_ request: PageRequest) async throws -> ConsoleAnswer {
        let id = request.label("id")
        let version = request.form["version"]
        do {
            try await operations.call(
                .lattice, "PATCH", ["targetgroups", id],
                .object(["config": .object(["lambdaEventStructureVersion": .string(version)])]))
        } catch {
            guard error.status != 404 else { throw error }
            return .page(try await edit(request, FormErrors(error, input: TargetGroupForm.input)))
        }
        return .redirect(to: Self.path(id), Notice(.done, "The event structure version is \(version) now."))
    }

    private func crumbs(of group: JSONValue) -> [Page.Crumb] {
        [Self.crumb, .init(group["name"]?.text ?? "", Self.path(group["id"]?.text ?? ""))]
    }

    // MARK: Targets

    private func registration(_ request: PageRequest, _ errors: FormErrors) async throws -> Page {
        let id = request.label("id")
        let group = try await operations.call(.lattice, "GET", ["targetgroups", id])
        let fields: HTML
        if group["type"]?.text == "LAMBDA" {
            fields =
                TargetForm.functionFields(
                    request.form["function"], request.form["qualifier"],
                    try await suggestions(for: request.form["function"]), errors)
        } else {
            fields = TargetGroupCreation.otherTargets(request.form.text("others"), errors)
        }
        let form = Form(
            request.path, submit: "Register", submitValue: "register", cancelPath: Self.path(id),
            otherButtons: group["type"]?.text == "LAMBDA"
                ? Form.button("Show versions and aliases", do: "find") : .empty,
            fields: errors.html + fields)
        return Page("Register targets", in: .targetGroups, crumbs: crumbs(of: group), content: form.html(request))
    }

    private func register(_ request: PageRequest) async throws -> ConsoleAnswer {
        let id = request.label("id")
        if request.form.action == "find" {
            return .page(try await registration(request, await findErrors(TargetForm(request.form))))
        }
        let isFunction = request.form.contains("function")
        let targets =
            isFunction
            ? [TargetForm.target(request.form["function"], request.form["qualifier"], in: operations.caller.scope)]
            : TargetForm.targets(request.form.text("others"))
        if let problem = try await TargetRegistration(operations: operations, group: id).register(targets) {
            let errors = FormErrors(fields: [isFunction ? "function" : "others": problem])
            return .page(try await registration(request, errors))
        }
        return .redirect(to: Self.path(id), Notice(.done, "The target is registered."))
    }

    private func deregistration(_ request: PageRequest, _ errors: FormErrors) async throws -> Page {
        let id = request.label("id")
        let group = try await operations.call(.lattice, "GET", ["targetgroups", id])
        let target = request.form.contains("target") ? request.form["target"] : request.query["target"] ?? ""
        let port = request.form.contains("port") ? request.form["port"] : request.query["port"] ?? ""
        let form = Form(
            request.path, submit: "Deregister", cancelPath: Self.path(id), isDangerous: true,
            fields: """
                \(errors.html)
                <p>The target <code>\(target)\(port.isEmpty ? "" : ":\(port)")</code> gets no new requests. Those that it has are
                answered before it goes.</p>
                \(Field.hidden("target", target))\(Field.hidden("port", port))
                \(Confirmation.field(request.form["confirmation"], errors))
                """)
        return Page("Deregister target", in: .targetGroups, crumbs: crumbs(of: group), content: form.html(request))
    }

    private func deregister(_ request: PageRequest) async throws -> ConsoleAnswer {
        let id = request.label("id")
        if let errors = Confirmation.errors(request.form) { return .page(try await deregistration(request, errors)) }
        let port = request.form["port"]
        let target = JSONValue.object(omittingNil: [
            "id": .string(request.form["target"]), "port": port.isEmpty ? nil : .number(typed: port),
        ])
        if let problem = try await TargetRegistration(operations: operations, group: id).deregister([target]) {
            return .page(try await deregistration(request, FormErrors(general: [problem])))
        }
        return .redirect(to: Self.path(id), Notice(.done, "The target is being deregistered."))
    }

    private func deletion(_ request: PageRequest) async throws -> Confirmation {
        let id = request.label("id")
        let group = try await operations.call(.lattice, "GET", ["targetgroups", id])
        let operations = operations
        return Confirmation(
            title: "Delete target group", section: .targetGroups, crumbs: crumbs(of: group), cancelPath: Self.path(id),
            text: "\(group["name"]?.text) and its registrations are deleted. The functions stay.", submit: "Delete",
            donePath: ConsolePath.make("target-groups"), done: "Target group \(group["name"]?.text ?? id) was deleted."
        ) { try await operations.call(.lattice, "DELETE", ["targetgroups", id]) }
    }
}
