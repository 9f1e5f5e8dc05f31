import TrellisAPI
import TrellisFunctionHost

/// `/console/functions/{name}`: details, and the code of small packages.
struct FunctionPage {
    private let operations: Operations
    private let packages: PackageStore
    private let request: PageRequest
    private let name: String

    init(_ operations: Operations, _ packages: PackageStore, _ request: PageRequest) {
        self.operations = operations
        self.packages = packages
        self.request = request
        name = request.label("name")
    }

    /// - Parameter typed: What was sent and not taken.
    func overview(_ typed: NewFunctionForm? = nil, _ errors: FormErrors = FormErrors()) async throws -> Page {
        let answer = try await operations.call(.lambda, "GET", ["2015-03-31", "functions", name])
        let function = answer["Configuration"] ?? .null
        let runtime = function["Runtime"]?.text ?? ""
        let files = try await files(of: function)
        return Page(
            name, in: .functions, crumbs: [FunctionPages.crumb],
            content: """
                \(FunctionPages.tabs(name, current: ""))
                <div class="buttons"><a class="button" href="\(FunctionPages.path(name, "delete"))">Delete</a></div>
                \(details(of: function))
                <h2>Code</h2>
                \(listing(files))
                <h2>Replace the code</h2>
                \(codeForm(runtime, files, typed, errors))
                """)
    }

    private func details(of function: JSONValue) -> HTML {
        Details([
            ("State", .status(function["State"]?.text)), ("Runtime", function["Runtime"]?.text.map { "\($0)" }),
            ("Handler", function["Handler"]?.text.map { "\($0)" }), ("Role", function["Role"]?.text.map { "\($0)" }),
            ("Memory", function["MemorySize"]?.integer.map { "\($0) MB" }),
            ("Timeout", function["Timeout"]?.integer.map { "\($0) s" }),
            ("Code size", function["CodeSize"]?.integer.map { "\($0) bytes" }),
            ("Last modified", function["LastModified"]?.text.map { "\($0)" }),
            ("ARN", function["FunctionArn"]?.text.map { "\($0)" }),
        ]).html
    }

    /// `nil` for a package that is too large to be shown.
    private func files(of function: JSONValue) async throws -> PackageListing? {
        guard let hash = function["CodeSha256"]?.text.flatMap(Base64Text.hexadecimal) else { return nil }
        return try? await packages.listing(of: hash)
    }

    private func listing(_ listing: PackageListing?) -> HTML {
        guard let listing else { return "<p class=\"empty\">The package is too large to be shown.</p>" }
        let files = listing.files.map { file -> HTML in
            let text: HTML =
                file.text.map { "<pre class=\"code\" tabindex=\"0\">\($0)</pre>" }
                ?? "<p class=\"empty\">not text, or too long</p>"
            return
                "<details\(flag: "open", if: listing.files.count == 1)><summary>\(file.path), \(file.size) bytes</summary>\(text)</details>"
        }
        let more: HTML = listing.isComplete ? .empty : "<p class=\"empty\">More files are not shown.</p>"
        return "\(files)\(more)"
    }

    private func codeForm(
        _ runtime: String, _ listing: PackageListing?, _ typed: NewFunctionForm?, _ errors: FormErrors
    ) -> HTML {
        let code = typed?.code ?? (listing?.files.count == 1 ? listing?.files.first?.text : nil) ?? ""
        let file = NewFunctionForm.file(of: runtime, code: "").path
        return Form(
            FunctionPages.path(name, "code"), submit: "Save", takesFiles: true,
            fields: """
                \(errors.html)
                \(Field.hidden("runtime", runtime))
                \(Field("source", "Code", .radio([.init("paste", "Paste the code"), .init("zip", "Upload a .zip file")]),
                    value: typed?.source ?? "paste").html)
                \(Field("code", "Pasted code", .textArea(rows: 14), value: code, hint: "Becomes \(file), the only file of the package.",
                    error: errors["code"]).html)
                \(Field("zip", ".zip file", .file(accept: ".zip,application/zip"), error: errors["zip"]).html)
                """
        ).html(request)
    }
}
