import TrellisAPI
import TrellisModel
import TrellisStore

/// `POST /2015-03-31/functions/{FunctionName}/aliases`
extension LambdaService {
    func createAlias(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { CreateAliasInput($0, in: call.scope) }
        let function = try input.identifier.resolveUnqualified(in: call.scope)
        let arn = function.alias(input.name)
        let revisionID = random.uuid()
        let alias = try await store.transaction { session in
            guard try await session.exists(.function(arn.name, in: arn.scope)) else {
                // Recorded: the ARN of the version that the alias should have.
                throw LambdaError.functionNotFound(arn: "\(function):\(input.version)")
            }
            let main = try await session.aliasTarget(input.version, of: function)
            let additional = try await input.routing?.additionalVersion(beside: main, of: function, in: session)
            guard try await session.alias(input.name, of: function) == nil else {
                throw LambdaError.aliasAlreadyExists(arn)
            }
            let alias = FunctionAliasRecord(
                scope: arn.scope, functionName: arn.name, name: input.name, version: main?.version,
                additionalVersion: additional, description: input.description, revisionID: revisionID)
            try session.put(alias)
            return alias
        }
        return .json(AliasView.json(alias), status: 201)
    }
}

private struct CreateAliasInput {
    var identifier: FunctionIdentifier
    var name: String
    var version: String
    var description: String
    var routing: AliasRouting?

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.function, in: scope)
        name = reader.requiredString("Name", length: 1...128, pattern: LambdaPatterns.alias)
        version = reader.requiredString("FunctionVersion", length: 1...1024, pattern: LambdaPatterns.version)
        description = reader.descriptionText() ?? ""
        routing = AliasRouting(reader)
    }
}
