import TrellisAPI
import TrellisFunctionHost

/// `/console/functions` and below.
struct FunctionPages {
    var operations: Operations
    var packages: PackageStore

    var routes: [ConsoleRoute] {
        let function = "/console/functions/{name}"
        return [
            ConsoleRoute("GET", "/console/functions") { .page(try await list($0)) },
            ConsoleRoute("GET", "/console/functions/create") { request in
                .page(creation(request, NewFunctionForm(account: operations.caller.account), FormErrors()))
            },
            ConsoleRoute("POST", "/console/functions/create", bodyLimit: TargetGroupPages.uploadLimit) {
                try await create($0)
            },
            ConsoleRoute("GET", function) { .page(try await FunctionPage(operations, packages, $0).overview()) },
            ConsoleRoute("POST", "\(function)/code", bodyLimit: TargetGroupPages.uploadLimit) {
                try await saveCode($0)
            },
            ConsoleRoute("GET", "\(function)/delete") { .page(deletion($0).page($0)) },
            ConsoleRoute("POST", "\(function)/delete") { try await deletion($0).answer($0) },
        ]
            + FunctionTestPage(operations: operations).routes + FunctionVersionPages(operations: operations).routes
            + FunctionPermissionPages(operations: operations).routes + FunctionLogPage(operations: operations).routes
    }

    private static let root = ConsolePath.make("functions")
    static let crumb = Page.Crumb("Functions", root)

    static func path(_ name: String, _ more: String...) -> String {
        ([ConsolePath.make("functions", name)] + more).joined(separator: "/")
    }

    /// Links between the pages of one function.
    static func tabs(_ name: String, current: String) -> HTML {
        let tabs = [
            ("", "Code"), ("test", "Test"), ("versions", "Versions and aliases"), ("permissions", "Permissions"),
            ("logs", "Logs"),
        ]
        let links = tabs.map { tab, title -> HTML in
            """
            <li><a href="\(tab.isEmpty ? path(name) : path(name, tab))"\
            \(attribute: "aria-current", tab == current ? "page" : nil)>\(title)</a></li>
            """
        }
        return "<nav class=\"tabs\" aria-label=\"Function\"><ul>\(links)</ul></nav>"
    }

    private func list(_ request: PageRequest) async throws -> Page {
        let operations = operations
        let source = ResourceList.Source(
            page: { token, limit in
                let answer = try await operations.call(
                    .lambda, "GET", ["2015-03-31", "functions"],
                    query: ["MaxItems": String(min(limit, 50)), "Marker": token])
                return (answer["Functions"]?.elements ?? [], answer["NextMarker"]?.text)
            }, searched: { [$0["FunctionName"]?.text].compactMap(\.self) })
        let list = ResourceList(
            "Functions", source: source,
            columns: [.init("Name"), .init("Runtime"), .init("Memory, MB", isNumber: true), .init("Last modified")],
            empty: "There are no functions yet."
        ) { function in
            let name = function["FunctionName"]?.text ?? ""
            return [
                .link(name, to: Self.path(name)), "\(function["Runtime"]?.text)",
                "\(function["MemorySize"]?.integer ?? 0)", "\(function["LastModified"]?.text)",
            ]
        }
        return Page(
            "Functions", in: .functions,
            content: """
                <p>Functions run on this machine.</p>
                <p><a class="button primary" href="\(Self.root)/create">Create function</a></p>
                \(try await list.html(request))
                """)
    }

    private func creation(_ request: PageRequest, _ function: NewFunctionForm, _ errors: FormErrors) -> Page {
        let form = Form(
            request.path, submit: "Create function", cancelPath: Self.root, takesFiles: true,
            fields: errors.html + function.fields(errors))
        return Page("Create function", in: .functions, crumbs: [Self.crumb], content: form.html(request))
    }

    private func create(_ request: PageRequest) async throws -> ConsoleAnswer {
        let function = NewFunctionForm(request.form)
        if let errors = try await FunctionCreation(operations: operations).create(function) {
            return .page(creation(request, function, errors))
        }
        return .redirect(to: Self.path(function.name), Notice(.done, "Function \(function.name) was created."))
    }

    private func saveCode(_ request: PageRequest) async throws -> ConsoleAnswer {
        let name = request.label("name")
        let page = FunctionPage(operations, packages, request)
        let form = NewFunctionForm(request.form)
        if form.source == "zip", form.zip == nil {
            return .page(try await page.overview(form, FormErrors(fields: ["zip": "Choose a .zip file."])))
        }
        do {
            try await operations.call(
                .lambda, "PUT", ["2015-03-31", "functions", name, "code"],
                .object(["ZipFile": .string(Base64Text.encoded(try form.package()))]))
        } catch let failure as OperationFailure where failure.status < 500 && failure.status != 404 {
            return .page(
                try await page.overview(
                    form, FormErrors(fields: [form.source == "zip" ? "zip" : "code": failure.message])))
        }
        return .redirect(to: Self.path(name), Notice(.done, "The code was replaced."))
    }

    private func deletion(_ request: PageRequest) -> Confirmation {
        let operations = operations
        let name = request.label("name")
        return Confirmation(
            title: "Delete function", section: .functions, crumbs: [Self.crumb, .init(name, Self.path(name))],
            cancelPath: Self.path(name), text: "\(name), its versions and aliases are deleted. Its logs stay.",
            submit: "Delete", donePath: Self.root, done: "Function \(name) was deleted."
        ) { try await operations.call(.lambda, "DELETE", ["2015-03-31", "functions", name]) }
    }
}
