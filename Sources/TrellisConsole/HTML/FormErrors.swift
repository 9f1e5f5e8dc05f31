/// What is wrong with a form: beside its inputs, and above it what is about none of them.
package struct FormErrors: Hashable, Sendable {
    package var fields: [String: String]
    package var general: [String]

    package init(fields: [String: String] = [:], general: [String] = []) {
        self.fields = fields
        self.general = general
    }

    /// The errors of an operation.
    ///
    /// - Parameter input: The form's input for a member that the API names; `nil` shows the message above the form.
    package init(_ failure: OperationFailure, input: (_ member: String) -> String?) {
        self.init()
        for field in failure.fields {
            if let name = input(field.name) {
                fields[name] = [fields[name], field.message].compactMap(\.self).joined(separator: " ")
            } else {
                general.append("\(field.name): \(field.message)")
            }
        }
        if failure.fields.isEmpty { general.append(failure.message) }
    }

    package subscript(name: String) -> String? { fields[name] }

    package var isEmpty: Bool { fields.isEmpty && general.isEmpty }

    /// The box above the form, with a link to every input that has a problem.
    package var html: HTML {
        guard !isEmpty else { return .empty }
        let links = fields.sorted { $0.key < $1.key }.map { name, text -> HTML in
            "<li><a href=\"#\(Field.id(of: name))\">\(text)</a></li>"
        }
        let lines = general.map { "<li>\($0)</li>" as HTML }
        return
            "<div class=\"notice problem\" role=\"alert\"><p>The form was not carried out:</p><ul>\(lines)\(links)</ul></div>"
    }
}

/// Why a form was not carried out.
struct FormProblem: Error {
    var errors: FormErrors
}
