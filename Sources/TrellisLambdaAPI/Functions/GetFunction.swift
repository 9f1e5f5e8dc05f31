import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2015-03-31/functions/{FunctionName}`
extension LambdaService {
    func getFunction(_ call: APICall) async throws -> APIResponse {
        let arn = try qualifiedFunction(call)
        let (view, tags, concurrency) = try await store.transaction { session in
            (
                try await session.view(of: arn), try await session.function(arn).tags,
                try await session.concurrency(of: arn)
            )
        }
        let code = JSONValue.object(omittingNil: [
            "RepositoryType": "S3",
            "Location": .optional(configuration.packageURL?(view.configuration.codeSHA256)),
        ])
        return .json(
            .object(omittingNil: [
                "Configuration": view.json(.settled),
                "Code": code,
                "Concurrency": concurrency?.json,
                "Tags": tags.isEmpty ? nil : .object(tags.mapValues(JSONValue.string)),
            ]))
    }

    /// Reads the function in the path and the `Qualifier` of the query.
    func qualifiedFunction(_ call: APICall) throws -> FunctionARN {
        let (identifier, qualifier) = try call.read { reader in
            (reader.functionLabel(.namespaced, in: call.scope), reader.qualifier())
        }
        return try identifier.resolve(in: call.scope, qualifier: qualifier)
    }
}
