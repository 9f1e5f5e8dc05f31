import TrellisAPI

/// The form of service networks and services: a name, an auth type, tags, and for services a domain name.
struct NamedForm: Hashable, Sendable {
    var name = ""
    var authType = "NONE"
    /// Of services only; empty for none.
    var customDomainName = ""
    var tags = TagRows()

    init() {}

    init(_ form: FormValues) {
        name = form["name"]
        authType = form["auth-type"]
        customDomainName = form["domain"]
        tags = TagRows(form)
    }

    var input: JSONValue {
        .object(omittingNil: [
            "name": .string(name), "authType": .string(authType), "tags": tags.json,
            "customDomainName": customDomainName.isEmpty ? nil : .string(customDomainName),
        ])
    }

    static func input(of member: String) -> String? {
        switch member {
        case "name": "name"
        case "authType": "auth-type"
        case "customDomainName": "domain"
        case _ where member.hasPrefix("tags"): "tags"
        default: nil
        }
    }

    static let authTypes: [Field.Option] = [
        .init("NONE", "None", hint: "No policy is asked."),
        .init("AWS_IAM", "AWS IAM", hint: "Requests are signed, and the auth policy says who may call."),
    ]

    func fields(_ label: String, hint: String, takesDomain: Bool = false, _ errors: FormErrors) -> HTML {
        """
        \(Field("name", label, value: name, hint: hint, error: errors["name"]).html)
        \(takesDomain ? Field("domain", "Custom domain name", value: customDomainName,
            hint: "Empty for the generated name only.", error: errors["domain"]).html : .empty)
        \(Field("auth-type", "Auth type", .radio(Self.authTypes), value: authType, error: errors["auth-type"]).html)
        \(tags.html(error: errors["tags"]))
        """
    }

    /// Carries out a create operation.
    func create(_ operations: Operations, _ path: [String]) async -> Result<JSONValue, FormProblem> {
        if let problem = tags.problem { return .failure(FormProblem(errors: FormErrors(fields: ["tags": problem]))) }
        do {
            return .success(try await operations.call(.lattice, "POST", path, input))
        } catch {
            var errors = FormErrors(error, input: Self.input)
            if error.type == "ConflictException" { errors = FormErrors(fields: ["name": error.message]) }
            return .failure(FormProblem(errors: errors))
        }
    }
}
