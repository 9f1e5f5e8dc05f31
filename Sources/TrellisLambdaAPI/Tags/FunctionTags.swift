import TrellisAPI
import TrellisModel

/// What holds for the tags of a function.
enum FunctionTags {
    /// Tags on one function.
    static let limit = 50

    /// - Throws: ``InvalidInput`` if there are too many of them.
    static func check(_ tags: [String: String]) throws(InvalidInput) {
        guard tags.count > limit else { return }
        let constraint = "Member must have length less than or equal to \(limit)"
        throw InvalidInput(problems: [InputProblem(field: "Tags", kind: .constraint(constraint))])
    }
}

extension InputReader {
    /// At most 50 tags, keys of 1 to 128 characters, values of at most 256.
    func tags() -> [String: String]? {
        stringMap("Tags", count: 0...FunctionTags.limit, keyLength: 1...128, valueLength: 0...256)
    }

    /// The ARN in the path of a tag operation.
    func tagResource(in scope: Scope) -> TaggableResource {
        let pattern = LambdaPatterns.taggableResource(ownRegion: scope.region)
        let text = label("Resource", length: 1...256, pattern: pattern)
        return TaggableResource(text, ownRegion: scope.region) ?? .other
    }
}

extension TaggableResource {
    /// - Throws: ``LambdaError`` for versions, aliases and kinds of resources that Trellis has none of.
    func resolve(in scope: Scope) throws(LambdaError) -> FunctionARN {
        guard case .function(let identifier) = self else { throw .resourceNotFound }
        let arn = try identifier.resolve(in: scope)
        guard arn.qualifier == nil else { throw .tagsOnlyOnFunctions }
        return arn
    }
}
