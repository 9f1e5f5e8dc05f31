import TrellisAPI
import TrellisModel
import TrellisStore

/// `PUT /2015-03-31/functions/{FunctionName}/configuration`
extension LambdaService {
    func updateFunctionConfiguration(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { UpdateFunctionConfigurationInput($0, in: call.scope) }
        let arn = try input.identifier.resolveUnqualified(in: call.scope)
        try input.unsupported.check()
        try input.settings.check()

        let now = clock.now()
        let revisionID = random.uuid()
        return try await store.transaction { session in
            var function = try await session.function(arn)
            guard input.revisionID == nil || input.revisionID == function.revisionID else {
                throw LambdaError.staleRevision
            }
            input.settings.apply(to: &function.latest)
            if let layers = input.settings.layers {
                function.latest.layers = try await layers.find(for: call.caller, in: session)
                try await checkSize(of: function.latest)
            }
            function.lastModified = now
            function.revisionID = revisionID
            function.wasUpdated = true
            try session.put(function)
            return .json(FunctionView(function).json(.updating))
        }
    }
}

private struct UpdateFunctionConfigurationInput {
    var identifier: FunctionIdentifier
    var settings: FunctionSettings
    var revisionID: String?
    var unsupported = UnsupportedMembers()

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.function, in: scope)
        settings = FunctionSettings(reader, roleIsRequired: false)
        revisionID = reader.string("RevisionId")
        unsupported.addSettings(reader)
    }
}
