import TrellisAPI
import TrellisModel
import TrellisStore

/// `POST`, `GET` and `DELETE` of `/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy`
extension LambdaService {
    func addLayerVersionPermission(_ call: APICall) async throws -> APIResponse {
        let input = try call.read(AddLayerVersionPermissionInput.init)
        let arn = try input.version.resolveOwn(in: call.scope)
        let statement = try input.statement()
        let revisionID = random.uuid()
        try await store.transaction { session in
            var policy =
                try await session.layerPolicyToChange(arn)
                ?? LayerPolicyRecord(layer: arn, statements: [], revisionID: "")
            guard !policy.statements.contains(where: { $0.sid == statement.sid }) else {
                throw LambdaError.statementAlreadyExists(statement.sid)
            }
            try policy.checkRevision(input.revisionID)
            policy.statements.append(statement)
            policy.revisionID = revisionID
            let size = LayerPolicyText.document(policy).utf8.count
            guard size <= LambdaLimits.policy else { throw LambdaError.policyTooLong(size) }
            try session.put(policy, at: policy.key)
        }
        return .json(
            .object([
                "Statement": .string(LayerPolicyText.statement(statement, of: arn)),
                "RevisionId": .string(revisionID),
            ]), status: 201)
    }

    func getLayerVersionPolicy(_ call: APICall) async throws -> APIResponse {
        let arn = try call.read(LayerVersionIdentifier.init).resolveOwn(in: call.scope)
        let policy = try await store.transaction { try await $0.layerPolicyToChange(arn) }
        guard let policy else { throw LambdaError.noPolicy }
        return .json(
            .object([
                "Policy": .string(LayerPolicyText.document(policy)), "RevisionId": .string(policy.revisionID),
            ]))
    }

    func removeLayerVersionPermission(_ call: APICall) async throws -> APIResponse {
        let (version, sid, expected) = try call.read { reader in
            (
                LayerVersionIdentifier(reader),
                reader.label("StatementId", length: 1...100, pattern: LambdaPatterns.statementID),
                reader.queryString("RevisionId")
            )
        }
        let arn = try version.resolveOwn(in: call.scope)
        let revisionID = random.uuid()
        try await store.transaction { session in
            guard var policy = try await session.layerPolicyToChange(arn) else { throw LambdaError.noPolicy }
            guard let index = policy.statements.firstIndex(where: { $0.sid == sid }) else {
                throw LambdaError.statementNotFound(sid)
            }
            try policy.checkRevision(expected)
            policy.statements.remove(at: index)
            policy.revisionID = revisionID
            if policy.statements.isEmpty {
                session.delete(policy.key)
            } else {
                try session.put(policy, at: policy.key)
            }
        }
        return .empty(status: 204)
    }
}

extension StoreSession {
    /// - Throws: ``LambdaError`` if there is no such version.
    fileprivate func layerPolicyToChange(_ arn: LayerVersionARN) async throws -> LayerPolicyRecord? {
        guard try await exists(.layerVersion(arn)) else { throw LambdaError.layerVersionNotFound(arn) }
        return try await layerPolicy(arn)
    }
}

extension LayerPolicyRecord {
    fileprivate func checkRevision(_ expected: String?) throws(LambdaError) {
        guard expected == nil || expected == revisionID else { throw .staleLayerPolicyRevision }
    }
}

private struct AddLayerVersionPermissionInput {
    var version: LayerVersionIdentifier
    var statementID: String
    var principal: String
    var organization: String?
    var revisionID: String?

    init(_ reader: InputReader) {
        version = LayerVersionIdentifier(reader)
        statementID = reader.requiredString("StatementId", length: 1...100, pattern: LambdaPatterns.statementID)
        _ = reader.requiredString("Action", length: 0...22, pattern: LambdaPatterns.layerAction)
        principal = reader.requiredString("Principal", pattern: LambdaPatterns.layerPrincipal)
        organization = reader.string("OrganizationId", length: 0...34, pattern: LambdaPatterns.organization)
        revisionID = reader.queryString("RevisionId")
    }

    func statement() throws(LambdaError) -> LayerPolicyRecord.Statement {
        guard let principal = FunctionPolicyStatement.Principal(permissionPrincipal: principal) else {
            throw .invalidPrincipal
        }
        return LayerPolicyRecord.Statement(sid: statementID, principal: principal, organization: organization)
    }
}

/// The policy of a layer version as JSON text.
///
/// - Source: recorded answers; the condition's form is that of AWS's documentation of organizations.
enum LayerPolicyText {
    static func document(_ policy: LayerPolicyRecord) -> String {
        let statements = policy.statements.map { statement($0, of: policy.layer) }
        return PolicyText.document(statements: statements)
    }

    static func statement(_ statement: LayerPolicyRecord.Statement, of layer: LayerVersionARN) -> String {
        PolicyText.statement(
            sid: statement.sid, principal: statement.principal, action: "lambda:GetLayerVersion",
            resource: layer.description,
            conditions: statement.organization.map { ["StringEquals": ["aws:PrincipalOrgID": $0]] } ?? [:])
    }
}
