import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisStore

/// What a caller asks a role's session to be, whatever proves who the caller is.
struct SessionRequest {
    static let seconds = 900...43_200
    static let defaultSeconds = 3600
    /// Of a role that is assumed by a role.
    static let chainedSeconds = 3600
    private static let policySize = 2048
    private static let policyARNs = 10

    var roleARN: String
    var sessionName: String
    var seconds: Int?
    var policy: String?
    var policyARNs: [String]

    init(_ parameters: IAMParameters) {
        roleARN = parameters.required("RoleArn", as: .arn)
        sessionName = parameters.required("RoleSessionName", as: .roleSessionName)
        seconds = parameters.integer("DurationSeconds", in: Self.seconds)
        policy = parameters.string("Policy", as: .sessionPolicy)
        policyARNs = parameters.texts("PolicyArns", "arn", as: .arn, count: 0...Self.policyARNs)
    }

    /// The role that is meant.
    ///
    /// - Returns: `nil` if there is none, which callers are told in the same words as that they may not assume it.
    /// - Throws: ValidationError if the ARN is none of a role.
    func role(in context: STSContext) async throws -> RoleRecord? {
        guard let (account, name) = RoleRecord.identifier(inARN: roleARN) else {
            throw STSError.validation("\(roleARN) is invalid")
        }
        guard let role = try await context.store.record(RoleRecord.self, at: .role(name, of: account)),
            role.arn == roleARN
        else { return nil }
        return role
    }

    /// - Throws: MalformedPolicyDocument or ValidationError.
    func checkPolicies(in context: STSContext, role: RoleRecord) throws {
        if let policy {
            guard policy.unicodeScalars.count <= Self.policySize else {
                throw STSError.validation(
                    "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have "
                        + "length less than or equal to \(Self.policySize)")
            }
            do {
                _ = try CompiledPolicy(parsing: policy, as: .identityPolicy)
            } catch {
                throw STSError.malformedPolicyDocument(error.message)
            }
        }
        for arn in policyARNs {
            let isOurs = ARN(arn)?.account == role.account.rawValue || arn.hasPrefix("arn:aws:iam::aws:policy/")
            guard isOurs, context.principals.hasPolicy(arn) else {
                throw STSError.validation("\(arn) does not exist or cannot limit a session")
            }
        }
    }

    /// - Throws: ValidationError if it is longer than allowed.
    func lifetime(of role: RoleRecord, isChained: Bool) throws -> Int {
        let seconds = self.seconds ?? Self.defaultSeconds
        if isChained, seconds > Self.chainedSeconds {
            throw STSError.validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        }
        guard seconds <= role.maximumSessionSeconds else {
            throw STSError.validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        return seconds
    }

    /// Issues the session and answers with what all actions of roles answer.
    func issue(
        _ role: RoleRecord, seconds: Int, in context: STSContext, fill: (inout SessionClaims) -> Void
    ) throws -> [XMLElement] {
        let subject = SessionClaims.Subject.role(
            account: role.account, name: role.name, id: role.id, session: sessionName)
        let session = try context.issuer.issue(subject, seconds: seconds) { claims in
            claims.policies = policy.map { [$0] } ?? []
            claims.policyARNs = policyARNs
            fill(&claims)
        }
        return [
            session.credentials,
            XMLElement(
                "AssumedRoleUser",
                [
                    XMLElement("AssumedRoleId", "\(role.id):\(sessionName)"),
                    XMLElement("Arn", role.sessionARN(sessionName)),
                ]),
            XMLElement("PackedPolicySize", String(session.packedPolicySize)),
        ]
    }
}

extension RoleRecord {
    /// - Returns: Account and name of `arn:aws:iam::<account>:role<path><name>`; `nil` for any other text.
    static func identifier(inARN text: String) -> (account: AccountID, name: String)? {
        guard let arn = ARN(text), arn.partition == ARN.partition, arn.service == "iam", arn.region.isEmpty,
            let account = AccountID(arn.account), arn.resource.hasPrefix("role/"),
            let name = arn.resource.split(separator: "/", omittingEmptySubsequences: false).last, !name.isEmpty
        else { return nil }
        return (account, String(name))
    }
}
