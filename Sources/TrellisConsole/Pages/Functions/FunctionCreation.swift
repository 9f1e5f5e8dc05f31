import TrellisAPI
import TrellisFunctionHost

/// Creates functions of what was typed.
struct FunctionCreation {
    var operations: Operations

    /// - Returns: What is wrong with the form; `nil` if the function was created.
    func create(_ form: NewFunctionForm) async throws -> FormErrors? {
        if form.source == "zip", form.zip == nil { return FormErrors(fields: ["zip": "Choose a .zip file."]) }
        do {
            try await operations.call(
                .lambda, "POST", ["2015-03-31", "functions"], form.input(package: try form.package()))
            return nil
        } catch let failure as OperationFailure where failure.status < 500 {
            return NewFunctionForm.errors(failure)
        }
    }
}

/// What forms suggest to type.
struct FunctionNames {
    var operations: Operations

    /// Why a function cannot be shown, beside the input `function`.
    func problem(with function: String) async -> FormErrors {
        do {
            try await operations.call(.lambda, "GET", ["2015-03-31", "functions", function])
            return FormErrors()
        } catch {
            return FormErrors(fields: ["function": error.message])
        }
    }

    /// The first functions, and the first versions and the aliases of the one that was typed.
    func suggestions(for function: String) async throws -> TargetForm.Suggestions {
        let list = try await operations.call(.lambda, "GET", ["2015-03-31", "functions"], query: ["MaxItems": "50"])
        var found = TargetForm.Suggestions(
            functions: (list["Functions"]?.elements ?? []).compactMap { $0["FunctionName"]?.text })
        guard !function.isEmpty else { return found }
        let path = ["2015-03-31", "functions", function]
        do {
            let aliases = try await operations.call(.lambda, "GET", path + ["aliases"], query: ["MaxItems": "50"])
            let versions = try await operations.call(.lambda, "GET", path + ["versions"], query: ["MaxItems": "50"])
            found.qualifiers =
                (aliases["Aliases"]?.elements ?? []).compactMap { $0["Name"]?.text }
                + (versions["Versions"]?.elements ?? []).compactMap { $0["Version"]?.text }.filter { $0 != "$LATEST" }
        } catch {
            // Of a function that is not there nothing is suggested.
        }
        return found
    }
}
