/// A page that asks to type `confirm` before something cannot be taken back.
struct Confirmation: Sendable {
    var title: String
    var section: Page.Section
    var crumbs: [Page.Crumb]
    var cancelPath: String
    /// What will happen.
    var text: HTML
    var submit: String
    var donePath: String
    var done: String
    var carryOut: @Sendable () async throws -> Void

    func page(_ request: PageRequest, _ errors: FormErrors = FormErrors()) -> Page {
        let form = Form(
            request.path, submit: submit, cancelPath: cancelPath, isDangerous: true,
            fields: "\(errors.html)<p>\(text)</p>\(Self.field(request.form["confirmation"], errors))")
        return Page(title, in: section, crumbs: crumbs, content: form.html(request))
    }

    func answer(_ request: PageRequest) async throws -> ConsoleAnswer {
        if let errors = Self.errors(request.form) { return .page(page(request, errors)) }
        do {
            try await carryOut()
        } catch let failure as OperationFailure {
            return .page(page(request, FormErrors(general: [failure.message])))
        }
        return .redirect(to: donePath, Notice(.done, done))
    }

    static func field(_ value: String, _ errors: FormErrors) -> HTML {
        Field(
            "confirmation", "To confirm, type confirm in the field", value: value, error: errors["confirmation"]
        ).html
    }

    /// - Returns: `nil` if the word was typed.
    static func errors(_ form: FormValues) -> FormErrors? {
        form["confirmation"] == "confirm" ? nil : FormErrors(fields: ["confirmation": "Type confirm to go on."])
    }
}
