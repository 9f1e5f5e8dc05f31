import TrellisAPI

/// `…/auth-policy` of a service network or a service: the auth type, the policy, and what would become of a request.
struct AuthPolicyPages {
    var operations: Operations
    var explain: Console.Explain
    /// Added to listener ports under 1024.
    var portOffset: Int

    var routes: [ConsoleRoute] {
        [Kind.serviceNetworks, .services].flatMap { kind in
            let path = "/console/\(kind.rawValue)/{id}/auth-policy"
            return [
                ConsoleRoute("GET", path) { .page(try await page($0, kind, FormErrors())) },
                ConsoleRoute("POST", path) { try await save($0, kind) },
            ]
        }
    }

    enum Kind: String {
        case serviceNetworks = "service-networks"
        case services

        var operationPath: String { self == .services ? "services" : "servicenetworks" }
        var section: Page.Section { self == .services ? .services : .serviceNetworks }
    }

    static func path(_ kind: String, _ id: String) -> String { ConsolePath.make(kind, id, "auth-policy") }

    private func page(_ request: PageRequest, _ kind: Kind, _ errors: FormErrors) async throws -> Page {
        let id = request.label("id")
        let resource = try await operations.call(.lattice, "GET", [kind.operationPath, id])
        let stored = try await operations.call(.lattice, "GET", ["authpolicy", id])
        let name = resource["name"]?.text ?? id
        let policy = request.form.contains("policy") ? request.form.text("policy") : stored["policy"]?.text ?? ""
        let authType =
            request.form.contains("auth-type") ? request.form["auth-type"] : resource["authType"]?.text ?? "NONE"
        let form = Form(
            request.path, submit: "Save", submitValue: "save", cancelPath: ConsolePath.make(kind.rawValue, id),
            otherButtons: stored["policy"] == nil ? .empty : Form.button("Delete policy", do: "delete"),
            fields: """
                \(errors.html)
                \(Field("auth-type", "Auth type", .radio(NamedForm.authTypes), value: authType,
                    error: errors["auth-type"]).html)
                \(Field("policy", "Auth policy", .textArea(rows: 18), value: policy,
                    hint: "A policy document in JSON. It is checked when it is saved.", error: errors["policy"]).html)
                """)
        return Page(
            "Auth policy of \(name)", in: kind.section,
            crumbs: [
                .init(kind.section.rawValue, kind.section.path), .init(name, ConsolePath.make(kind.rawValue, id)),
            ],
            content: """
                \(Details([("State", .status(stored["state"]?.text) ?? "no policy")]).html)
                \(form.html(request))
                <h2 id="explain">Explain a request</h2>
                <p>What would become of a request with the policies as they are saved now. Nothing is sent.</p>
                \(try await ExplainPanel(explain: explain).html(request, url: try await exampleURL(resource, kind)))
                """)
    }

    /// Of the first listener of a service.
    private func exampleURL(_ resource: JSONValue, _ kind: Kind) async throws -> String {
        guard kind == .services, let id = resource["id"]?.text, let name = resource["name"]?.text else { return "" }
        let listeners = try await operations.call(
            .lattice, "GET", ["services", id, "listeners"], query: ["maxResults": "1"])
        guard let port = listeners["items"]?.elements.first?["port"]?.integer else { return "" }
        return "http://\(name).localhost:\(port < 1024 ? port + portOffset : port)/"
    }

    private func save(_ request: PageRequest, _ kind: Kind) async throws -> ConsoleAnswer {
        let id = request.label("id")
        if request.form.action == "delete" {
            try await operations.call(.lattice, "DELETE", ["authpolicy", id])
            return .redirect(to: request.path, Notice(.done, "The policy was deleted."))
        }
        do {
            let policy = request.form.text("policy")
            if !policy.isEmpty {
                try await operations.call(
                    .lattice, "PUT", ["authpolicy", id], .object(["policy": .string(policy)]))
            }
            try await operations.call(
                .lattice, "PATCH", [kind.operationPath, id],
                .object(["authType": .string(request.form["auth-type"])]))
            return .redirect(to: request.path, Notice(.done, "Auth type and policy were saved."))
        } catch {
            guard error.status < 500, error.status != 404 else { throw error }
            return .page(try await page(request, kind, Self.errors(error)))
        }
    }

    /// An error that names no member is about the policy.
    static func errors(_ failure: OperationFailure) -> FormErrors {
        guard !failure.fields.isEmpty else { return FormErrors(fields: ["policy": failure.message]) }
        return FormErrors(failure) { $0 == "authType" ? "auth-type" : $0 == "policy" ? "policy" : nil }
    }
}
