import TrellisAPI
import TrellisModel

enum ListTagsForResource: LatticeOperation {
    static let name = "ListTagsForResource"
    static let method = "GET"
    static let path = "/tags/{resourceArn}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let resource = try TaggedResource(try call.read { $0.arnLabel() }, for: call)
        let tags = try await resource.tags(in: context.reader)
        return .json(.object(["tags": .object(tags.mapValues(JSONValue.string))]))
    }
}
