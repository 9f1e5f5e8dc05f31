import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2017-03-31/tags/{Resource}`
extension LambdaService {
    func listTags(_ call: APICall) async throws -> APIResponse {
        let arn = try call.read { $0.tagResource(in: call.scope) }.resolve(in: call.scope)
        let tags = try await store.transaction { try await $0.function(arn).tags }
        return .json(.object(["Tags": .object(tags.mapValues(JSONValue.string))]))
    }
}
