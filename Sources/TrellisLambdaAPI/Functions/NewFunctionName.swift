import TrellisAPI
import TrellisModel

/// The name that CreateFunction is given: in the body, and bare in most requests.
struct NewFunctionName {
    private let identifier: FunctionIdentifier

    /// Without account, Region and qualifier.
    var text: String { identifier.name }

    init(_ reader: InputReader, in scope: Scope) {
        let pattern = LambdaPatterns.functionName(.function, ownRegion: scope.region)
        let text = reader.requiredString("FunctionName", length: 1...Int.max, pattern: pattern)
        identifier =
            FunctionIdentifier(text, form: .function, ownRegion: scope.region) ?? FunctionIdentifier(name: text)
        let isBare = identifier == FunctionIdentifier(name: text)
        if !isBare && text.utf8.count > FunctionIdentifier.Form.function.length.upperBound {
            reader.report("FunctionName", value: text, "Member must have length less than or equal to 140")
        }
    }

    /// - Throws: Also for a name of more than 64 characters, which is no ValidationException (recorded).
    func resolve(in scope: Scope) throws(LambdaError) -> FunctionARN {
        guard text.utf8.count <= 64 else { throw .functionNameTooLong(text) }
        return try identifier.resolveUnqualified(in: scope)
    }
}
