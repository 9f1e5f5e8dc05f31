import NIOCore
import TrellisAPI

/// `/console/functions/{name}/permissions`: the resource policy.
struct FunctionPermissionPages {
    var operations: Operations

    var routes: [ConsoleRoute] {
        let path = "/console/functions/{name}/permissions"
        return [
            ConsoleRoute("GET", path) { .page(try await page($0, FormErrors())) },
            ConsoleRoute("POST", path) { try await add($0) },
            ConsoleRoute("GET", "\(path)/{statement}/delete") { .page(removal($0).page($0)) },
            ConsoleRoute("POST", "\(path)/{statement}/delete") { try await removal($0).answer($0) },
        ]
    }

    private func page(_ request: PageRequest, _ errors: FormErrors) async throws -> Page {
        let name = request.label("name")
        let form = request.form
        let typed: (String, String) -> String = { form.contains($0) ? form[$0] : $1 }
        let add = Form(
            request.path, submit: "Add permission",
            fields: """
                \(errors.html)
                \(Field("statement", "Statement ID", value: typed("statement", ""), error: errors["statement"]).html)
                \(Field("principal", "Principal", value: typed("principal", "vpc-lattice.amazonaws.com"),
                    error: errors["principal"]).html)
                \(Field("operation", "Action", value: typed("operation", "lambda:InvokeFunction"),
                    error: errors["operation"]).html)
                \(Field("source", "Source ARN", value: typed("source", ""), hint: "Empty for any.", error: errors["source"]).html)
                """)
        return Page(
            "Permissions of \(name)", in: .functions,
            crumbs: [FunctionPages.crumb, .init(name, FunctionPages.path(name))],
            content: """
                \(FunctionPages.tabs(name, current: "permissions"))
                <p>Who may invoke the function. Registering it as a target adds a permission by itself.</p>
                \(try await table(request))
                <h2>Add permission</h2>
                \(add.html(request))
                """)
    }

    private func table(_ request: PageRequest) async throws -> HTML {
        let name = request.label("name")
        let rows = try await statements(of: name).map { statement -> [HTML] in
            let id = statement["Sid"]?.text ?? ""
            let path = ConsolePath.make("functions", name, "permissions", id, "delete")
            return [
                "\(id)", "\(Self.principal(statement["Principal"]))", "\(statement["Action"]?.text)",
                "<code>\(statement["Condition"].map { String(decoding: $0.encoded(), as: UTF8.self) } ?? "–")</code>",
                "<a class=\"button\" href=\"\(path)\" aria-label=\"Remove permission \(id)\">Remove</a>",
            ]
        }
        return Table(
            "Permissions",
            columns: ["Statement ID", "Principal", "Action", "Condition", "Actions"].map { .init($0) },
            rows: rows, empty: "Only the account itself may invoke the function."
        ).html
    }

    static func principal(_ principal: JSONValue?) -> String {
        principal?.text ?? principal?["Service"]?.text ?? principal?["AWS"]?.texts.joined(separator: ", ") ?? ""
    }

    private func statements(of name: String) async throws(OperationFailure) -> [JSONValue] {
        let response = await operations.respond(.lambda, "GET", ["2015-03-31", "functions", name, "policy"])
        // A function without a policy is answered so, and one that is not there; the second has no page of its own.
        if response.status == 404 { try await operations.call(.lambda, "GET", ["2015-03-31", "functions", name]) }
        return try Self.statements(in: response)
    }

    /// The answer has the policy as a text of JSON; without a policy there is none.
    private static func statements(in response: APIResponse) throws(OperationFailure) -> [JSONValue] {
        if response.status == 404 { return [] }
        guard response.status == 200 else { throw OperationFailure(response) }
        let answer = try? JSONValue(parsing: response.body.readableBytesView)
        let policy = answer?["Policy"]?.text.flatMap { try? JSONValue(parsing: $0.utf8) }
        return policy?["Statement"]?.elements ?? []
    }

    private func add(_ request: PageRequest) async throws -> ConsoleAnswer {
        let source = request.form["source"]
        do {
            try await operations.call(
                .lambda, "POST", ["2015-03-31", "functions", request.label("name"), "policy"],
                .object(omittingNil: [
                    "StatementId": .string(request.form["statement"]), "Principal": .string(request.form["principal"]),
                    "Action": .string(request.form["operation"]), "SourceArn": source.isEmpty ? nil : .string(source),
                ]))
            return .redirect(to: request.path, Notice(.done, "The permission was added."))
        } catch {
            guard error.status < 500, error.status != 404 else { throw error }
            return .page(try await page(request, Self.errors(error)))
        }
    }

    static func errors(_ failure: OperationFailure) -> FormErrors {
        if failure.type == "ResourceConflictException" { return FormErrors(fields: ["statement": failure.message]) }
        return FormErrors(failure) { member in
            switch member.lowercased() {
            case "statementid": "statement"
            case "principal": "principal"
            case "action": "operation"
            case "sourcearn": "source"
            default: nil
            }
        }
    }

    private func removal(_ request: PageRequest) -> Confirmation {
        let operations = operations
        let name = request.label("name")
        let statement = request.label("statement")
        let path = FunctionPages.path(name, "permissions")
        return Confirmation(
            title: "Remove permission \(statement)", section: .functions,
            crumbs: [FunctionPages.crumb, .init(name, FunctionPages.path(name))], cancelPath: path,
            text: "Whom it allows to invoke the function cannot do so any more.", submit: "Remove", donePath: path,
            done: "The permission was removed."
        ) { try await operations.call(.lambda, "DELETE", ["2015-03-31", "functions", name, "policy", statement]) }
    }
}
