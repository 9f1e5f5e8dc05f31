import TrellisAPI
import TrellisModel
import TrellisStore

/// Adds tags, and overwrites those whose key is there already.
enum TagResource: LatticeOperation {
    static let name = "TagResource"
    static let method = "POST"
    static let path = "/tags/{resourceArn}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (arn, tags) = try call.read { reader in
            if !reader.has("tags") { reader.reportMissing("tags") }
            return (reader.arnLabel(), reader.tags(limit: nil))
        }
        let resource = try TaggedResource(arn, for: call)
        return try await context.write { session in
            try await resource.changeTags(in: session) { existing in
                existing.merge(tags) { _, new in new }
                guard existing.count <= LatticeShapes.tagLimit else {
                    throw LatticeError.invalid("tags", TagRules.tooMany(LatticeShapes.tagLimit))
                }
            }
            return .json(.object([:]))
        }
    }
}
