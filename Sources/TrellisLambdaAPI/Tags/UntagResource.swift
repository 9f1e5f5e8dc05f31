import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2017-03-31/tags/{Resource}?tagKeys=a&tagKeys=b`
///
/// Keys that are not there are let through.
extension LambdaService {
    func untagResource(_ call: APICall) async throws -> APIResponse {
        let (resource, keys) = try call.read { ($0.tagResource(in: call.scope), $0.queryStrings("tagKeys")) }
        guard !keys.isEmpty else {
            throw InvalidInput(problems: [InputProblem(field: "tagKeys", kind: .missing)])
        }
        let arn = try resource.resolve(in: call.scope)
        try await store.transaction { session in
            let before = try await session.function(arn)
            var function = before
            for key in keys { function.tags[key] = nil }
            if function != before { try session.put(function) }
        }
        return .empty(status: 204)
    }
}
