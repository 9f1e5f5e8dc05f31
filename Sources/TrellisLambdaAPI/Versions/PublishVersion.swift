import TrellisAPI
import TrellisModel
import TrellisStore

/// `POST /2015-03-31/functions/{FunctionName}/versions`
extension LambdaService {
    func publishVersion(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { PublishVersionInput($0, in: call.scope) }
        let arn = try input.identifier.resolveUnqualified(in: call.scope)
        try input.unsupported.check()
        let publication = VersionPublication(description: input.description, at: clock.now(), random: random)
        let version = try await store.transaction { session in
            let before = try await session.function(arn)
            try input.check(before)
            var function = before
            let version = try await publication.publish(&function, in: session)
            if function != before { try session.put(function) }
            return version
        }
        return .json(
            FunctionView(version, shownAs: .version(version.version)).json(.settled), status: 201)
    }
}

private struct PublishVersionInput {
    var identifier: FunctionIdentifier
    var codeSHA256: String?
    var description: String?
    var revisionID: String?
    var unsupported = UnsupportedMembers()

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.function, in: scope)
        // SDKs and Terraform send empty texts for what is not wanted.
        codeSHA256 = reader.string("CodeSha256").flatMap { $0.isEmpty ? nil : $0 }
        description = reader.descriptionText().flatMap { $0.isEmpty ? nil : $0 }
        revisionID = reader.string("RevisionId")
        unsupported.addText("PublishTo", in: reader)
    }

    func check(_ function: FunctionRecord) throws(LambdaError) {
        guard revisionID == nil || revisionID == function.revisionID else { throw .staleRevision }
        let actual = FunctionView.base64(ofHexadecimal: function.latest.codeSHA256)
        if let codeSHA256, codeSHA256 != actual {
            throw .codeSHA256Mismatch(given: codeSHA256, actual: actual)
        }
    }
}
