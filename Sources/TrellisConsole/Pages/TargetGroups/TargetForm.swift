import TrellisAPI
import TrellisModel

/// The second step of "Create target group": what to register.
struct TargetForm: Hashable, Sendable {
    enum Choice: String {
        case existing
        case new
        case later
    }

    var choice = Choice.existing
    /// Name or ARN.
    var function = ""
    /// Version or alias; empty for the function itself.
    var qualifier = ""
    /// Addresses or ids of other types, one in each line, `10.0.0.1:8080`.
    var others = ""
    var newFunction: NewFunctionForm

    init(account: AccountID) { newFunction = NewFunctionForm(account: account) }

    init(_ form: FormValues) {
        choice = Choice(rawValue: form["target"]) ?? .later
        function = form["function"]
        qualifier = form["qualifier"]
        others = form.text("others")
        newFunction = NewFunctionForm(form)
    }

    /// `targets` of RegisterTargets for an existing function; `nil` for "later".
    func target(in scope: Scope) -> JSONValue? {
        switch choice {
        case .existing: Self.target(function, qualifier, in: scope)
        case .new: Self.target(newFunction.name, "", in: scope)
        case .later: nil
        }
    }

    /// - Parameter function: A name or an ARN.
    static func target(_ function: String, _ qualifier: String, in scope: Scope) -> JSONValue {
        let arn =
            function.hasPrefix("arn:")
            ? function : "arn:aws:lambda:\(scope.region):\(scope.account):function:\(function)"
        return .object(["id": .string(qualifier.isEmpty ? arn : "\(arn):\(qualifier)")])
    }

    /// `targets` of RegisterTargets, a line each: an id or an address, alone or with a port, `[fd00::1]:8080`.
    static func targets(_ lines: String) -> [JSONValue] {
        lines.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
            .map(target)
    }

    private static func target(_ line: String) -> JSONValue {
        let colon = line.lastIndex(of: ":")
        let host = colon.map { line[..<$0] } ?? ""
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard let colon, isBracketed || !host.contains(":") else { return .object(["id": .string(line)]) }
        let id = isBracketed ? String(host.dropFirst().dropLast()) : String(host)
        return .object(["id": .string(id), "port": .number(typed: String(line[line.index(after: colon)...]))])
    }

    /// What the lists of suggestions hold.
    struct Suggestions {
        var functions: [String] = []
        var qualifiers: [String] = []
    }

    func fields(_ suggestions: Suggestions, _ errors: FormErrors) -> HTML {
        let choices: [Field.Option] = [
            .init("existing", "Select an existing Lambda function"), .init("new", "Create a new Lambda function"),
            .init("later", "Register a target later"),
        ]
        return """
            \(Field("target", "Lambda function", .radio(choices), value: choice.rawValue, error: errors["target"]).html)
            <fieldset class="box"><legend>Existing function</legend>
            \(Self.functionFields(function, qualifier, suggestions, errors))
            <p>\(Form.button("Show versions and aliases", do: "find"))</p>
            </fieldset>
            <fieldset class="box"><legend>New function</legend>\(newFunction.fields(errors))</fieldset>
            """
    }

    static func functionFields(
        _ function: String, _ qualifier: String, _ suggestions: Suggestions, _ errors: FormErrors
    ) -> HTML {
        """
        \(Field("function", "Function name or ARN", .suggestions(suggestions.functions), value: function,
            error: errors["function"]).html)
        \(Field("qualifier", "Version or alias", .suggestions(suggestions.qualifiers), value: qualifier,
            hint: qualifierHint(suggestions), error: errors["qualifier"]).html)
        """
    }

    private static func qualifierHint(_ suggestions: Suggestions) -> String {
        suggestions.qualifiers.isEmpty
            ? "Empty for the function itself ($LATEST)."
            : "Empty for the function itself ($LATEST), or one of: \(suggestions.qualifiers.joined(separator: ", "))."
    }
}

extension TargetForm {
    /// Carries the step along when the one before is shown again; a chosen file cannot be carried.
    var hidden: HTML {
        HTML(
            [
                ("target", choice.rawValue), ("function", function), ("qualifier", qualifier), ("others", others),
                ("new-name", newFunction.name), ("runtime", newFunction.runtime), ("handler", newFunction.handler),
                ("role", newFunction.role), ("source", newFunction.source), ("code", newFunction.code),
            ].map { Field.hidden($0.0, $0.1) })
    }

    /// The same form once the new function is there: it is an existing one now.
    var withNewFunctionMade: TargetForm {
        var form = self
        form.choice = .existing
        form.function = newFunction.name
        form.qualifier = ""
        return form
    }
}
