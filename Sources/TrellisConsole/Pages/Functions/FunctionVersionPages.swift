import TrellisAPI

/// `/console/functions/{name}/versions`: versions and aliases.
struct FunctionVersionPages {
    var operations: Operations

    var routes: [ConsoleRoute] {
        let path = "/console/functions/{name}/versions"
        let alias = "/console/functions/{name}/aliases/{alias}"
        return [
            ConsoleRoute("GET", path) { .page(try await page($0, AliasForm(), FormErrors())) },
            ConsoleRoute("POST", path) { try await answer($0) },
            ConsoleRoute("GET", "\(alias)/delete") { .page(deletion($0).page($0)) },
            ConsoleRoute("POST", "\(alias)/delete") { try await deletion($0).answer($0) },
        ]
    }

    private func operationPath(_ request: PageRequest) -> [String] {
        ["2015-03-31", "functions", request.label("name")]
    }

    private func page(_ request: PageRequest, _ alias: AliasForm, _ errors: FormErrors) async throws -> Page {
        let name = request.label("name")
        let function = operationPath(request)
        let versions = try await operations.call(
            .lambda, "GET", function + ["versions"], query: ["MaxItems": "50", "Marker": request.query["versions"]])
        let aliases = try await operations.call(
            .lambda, "GET", function + ["aliases"], query: ["MaxItems": "50", "Marker": request.query["aliases"]])
        return Page(
            "Versions of \(name)", in: .functions,
            crumbs: [FunctionPages.crumb, .init(name, FunctionPages.path(name))],
            content: """
                \(FunctionPages.tabs(name, current: "versions"))
                <h2>Versions</h2>
                \(versionTable(versions))\(next(versions["NextMarker"]?.text, "versions", request))
                \(Form(request.path, submit: "Publish version", submitValue: "publish", fields: .empty).html(request))
                <h2>Aliases</h2>
                \(aliasTable(aliases, request))\(next(aliases["NextMarker"]?.text, "aliases", request))
                <h2>Create or change an alias</h2>
                \(Form(request.path, submit: "Save alias", submitValue: "alias",
                    fields: errors.html + alias.fields(errors)).html(request))
                """)
    }

    private func next(_ token: String?, _ name: String, _ request: PageRequest) -> HTML {
        guard let token else { return .empty }
        return "<p>\(HTML.link("Next \(name)", to: ConsolePath.append([(name, token)], to: request.path)))</p>"
    }

    private func versionTable(_ answer: JSONValue) -> HTML {
        let rows = (answer["Versions"]?.elements ?? []).map { version -> [HTML] in
            ["\(version["Version"]?.text)", "\(version["Description"]?.text)", "\(version["LastModified"]?.text)"]
        }
        return Table(
            "Versions", columns: [.init("Version"), .init("Description"), .init("Last modified")], rows: rows,
            empty: "None."
        ).html
    }

    private func aliasTable(_ answer: JSONValue, _ request: PageRequest) -> HTML {
        let rows = (answer["Aliases"]?.elements ?? []).map { alias -> [HTML] in
            let name = alias["Name"]?.text ?? ""
            let form = AliasForm(alias)
            let path = ConsolePath.make("functions", request.label("name"), "aliases", name, "delete")
            return [
                "\(name)", "\(form.version)",
                form.otherVersion.isEmpty ? "–" : "\(form.otherWeight) % go to version \(form.otherVersion)",
                "<a class=\"button\" href=\"\(path)\" aria-label=\"Delete alias \(name)\">Delete</a>",
            ]
        }
        return Table(
            "Aliases", columns: [.init("Name"), .init("Version"), .init("Weights"), .init("Actions")], rows: rows,
            empty: "There are no aliases."
        ).html
    }

    private func answer(_ request: PageRequest) async throws -> ConsoleAnswer {
        if request.form.action == "publish" {
            let made = try await operations.call(.lambda, "POST", operationPath(request) + ["versions"], .object([:]))
            return .redirect(to: request.path, Notice(.done, "The code is version \(made["Version"]?.text ?? "")."))
        }
        let alias = AliasForm(request.form)
        do {
            try await save(alias, operationPath(request) + ["aliases"])
            return .redirect(to: request.path, Notice(.done, "Alias \(alias.name) was saved."))
        } catch let failure as OperationFailure {
            guard failure.status < 500 else { throw failure }
            let errors = FormErrors(failure, input: AliasForm.input)
            return .page(try await page(request, alias, errors))
        }
    }

    /// Changes an alias that is there, and makes one that is not.
    private func save(_ alias: AliasForm, _ path: [String]) async throws {
        let isThere = await operations.respond(.lambda, "GET", path + [alias.name]).status == 200 && !alias.name.isEmpty
        if isThere {
            try await operations.call(.lambda, "PUT", path + [alias.name], alias.input(withName: false))
        } else {
            try await operations.call(.lambda, "POST", path, alias.input(withName: true))
        }
    }

    private func deletion(_ request: PageRequest) -> Confirmation {
        let operations = operations
        let name = request.label("name")
        let alias = request.label("alias")
        let path = FunctionPages.path(name, "versions")
        return Confirmation(
            title: "Delete alias \(alias)", section: .functions,
            crumbs: [FunctionPages.crumb, .init(name, FunctionPages.path(name))], cancelPath: path,
            text: "Targets and callers that name the alias do not find the function any more.", submit: "Delete",
            donePath: path, done: "Alias \(alias) was deleted."
        ) { try await operations.call(.lambda, "DELETE", ["2015-03-31", "functions", name, "aliases", alias]) }
    }
}
