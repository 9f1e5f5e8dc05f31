import TrellisAPI
import TrellisModel

/// Members that several operations read in the same way.
extension InputReader {
    /// The function in the path.
    func functionLabel(_ form: FunctionIdentifier.Form, in scope: Scope) -> FunctionIdentifier {
        let pattern = LambdaPatterns.functionName(form, ownRegion: scope.region)
        let text = label("FunctionName", length: form.length, pattern: pattern)
        return FunctionIdentifier(text, form: form, ownRegion: scope.region) ?? FunctionIdentifier(name: text)
    }

    /// The `Qualifier` of the query.
    func qualifier() -> String? {
        queryString("Qualifier", length: 1...128, pattern: LambdaPatterns.qualifier)
    }

    func descriptionText() -> String? { string("Description", length: 0...256) }

    /// One of `x86_64` and `arm64`, in a list of one.
    func architecture() -> String? {
        guard let values = strings("Architectures", count: 0...Int.max) else { return nil }
        let shown = "[\(values.joined(separator: ", "))]"
        guard let value = values.first else {
            report("Architectures", value: shown, "Member must have length greater than or equal to 1")
            return nil
        }
        if values.count > 1 {
            report("Architectures", value: shown, "Member must have length less than or equal to 1")
        } else if !["x86_64", "arm64"].contains(value) {
            report(
                "Architectures", value: shown,
                "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], "
                    + "Member must not be null]")
        }
        return value
    }
}
