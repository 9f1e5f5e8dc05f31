import TrellisAPI

extension LambdaError {
    /// `2 validation errors detected: Value 'x' at 'timeout' failed to satisfy constraint: …; Value …`.
    ///
    /// A value of another JSON type never reaches Lambda's constraints: it is a SerializationException.
    ///
    /// - Source: reference lambda.md §5; the form of a value of another type is chosen.
    static func invalidInput(_ input: InvalidInput) -> LambdaError {
        for problem in input.problems {
            guard case .wrongType(let expected) = problem.kind else { continue }
            let shown = problem.value.map { "'\($0)' " } ?? ""
            return LambdaError(
                .serialization, "The value \(shown)at '\(memberPath(problem.field))' must be \(expected).")
        }
        return .validation(input.problems.map(sentence))
    }

    static func validation(_ sentences: [String]) -> LambdaError {
        LambdaError(.validation, validationMessage(sentences))
    }

    static func validationMessage(_ sentences: [String]) -> String {
        let count = sentences.count == 1 ? "1 validation error" : "\(sentences.count) validation errors"
        return "\(count) detected: \(sentences.joined(separator: "; "))"
    }

    private static func sentence(_ problem: InputProblem) -> String {
        let shown: String
        switch (problem.kind, problem.value) {
        case (.missing, _): shown = "Value null"
        // Lambda leaves the value out where it could be secret or is a collection.
        case (_, nil): shown = "Value"
        case (_, let value?): shown = "Value '\(value)'"
        }
        return "\(shown) at '\(memberPath(problem.field))' failed to satisfy constraint: \(problem.constraintText)"
    }

    /// Lambda's errors name members by their lower-case form, `Code.ZipFile` is `code.zipFile`; the keys of a map stay.
    private static func memberPath(_ field: String) -> String {
        var isKey = false
        return field.split(separator: ".", omittingEmptySubsequences: false).map { part in
            defer { isKey = isKey || maps.contains(part) }
            return isKey ? String(part) : part.prefix(1).lowercased() + part.dropFirst()
        }.joined(separator: ".")
    }

    private static let maps: Set<Substring> = ["Tags", "Variables", "AdditionalVersionWeights"]
}
