import TrellisAPI
import TrellisModel
import TrellisStore

/// `POST /2017-03-31/tags/{Resource}`
extension LambdaService {
    func tagResource(_ call: APICall) async throws -> APIResponse {
        let (resource, tags) = try call.read { reader in
            _ = reader.requiredObject("Tags")
            return (reader.tagResource(in: call.scope), reader.tags() ?? [:])
        }
        let arn = try resource.resolve(in: call.scope)
        guard !tags.isEmpty else { throw LambdaError.noTags }
        try await store.transaction { session in
            var function = try await session.function(arn)
            function.tags.merge(tags) { $1 }
            try FunctionTags.check(function.tags)
            try session.put(function)
        }
        return .empty(status: 204)
    }
}
