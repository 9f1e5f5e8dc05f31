import NIOCore
import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisSignature
import TrellisStore

/// `POST /sessions`: a session of a role for the owner of a certificate.
///
/// - Source: reference identity.md §7.1 to §7.4.
extension RolesAnywhereService {
    private struct Input {
        var profileARN: String
        var roleARN: String
        var trustAnchorARN: String
        var seconds: Int?
        var sessionName: String?
        var instanceProperties: [String: String] = [:]

        /// ARNs come in the query or in the body.
        init(_ request: UnsignedRequest) throws {
            var members: [String: JSONValue] = [:]
            if request.body.readableBytes > 0 {
                guard case .object(let object) = try JSONValue(parsing: request.body.readableBytesView) else {
                    throw ProtocolError.malformedBody(reason: "The body must be a JSON object")
                }
                members = object
            }
            guard let query = QueryItems(request.head.query) else { throw ProtocolError.malformedTarget }
            func text(_ name: String) throws -> String {
                guard let text = members[name]?.text ?? query[name], (1...1011).contains(text.utf8.count) else {
                    throw RolesAnywhereError.validation("\(name) is required")
                }
                return text
            }
            profileARN = try text("profileArn")
            roleARN = try text("roleArn")
            trustAnchorARN = try text("trustAnchorArn")
            sessionName = members["roleSessionName"]?.text ?? query["roleSessionName"]
            if let sessionName, !IAMShape.roleSessionName.accepts(sessionName) {
                throw RolesAnywhereError.validation("roleSessionName must satisfy [a-zA-Z0-9+=,.@_-]{2,64}")
            }
            switch members["durationSeconds"] {
            case .integer(let number)? where (900...43_200).contains(number): seconds = Int(number)
            case .null?, nil:
                if let text = query["durationSeconds"] {
                    guard let number = Int(text), (900...43_200).contains(number) else {
                        throw RolesAnywhereError.validation("durationSeconds must be 900 to 43200")
                    }
                    seconds = number
                }
            default: throw RolesAnywhereError.validation("durationSeconds must be 900 to 43200")
            }
            if let value = members["instanceProperties"], value != .null {
                instanceProperties = try Self.properties(value)
            }
        }

        /// - Source: the shape InstancePropertyMap of the service model: keys and values of 1 to 200 characters, at most 50.
        private static func properties(_ value: JSONValue) throws -> [String: String] {
            let refused = RolesAnywhereError.validation(
                "instanceProperties must be at most 50 texts of 1 to 200 characters")
            guard case .object(let members) = value, members.count <= 50 else { throw refused }
            return try Dictionary(
                members.map { key, value in
                    guard let text = value.text, (1...200).contains(key.utf8.count), (1...200).contains(text.utf8.count)
                    else { throw refused }
                    return (key, text)
                }, uniquingKeysWith: { first, _ in first })
        }
    }

    func createSession(_ request: UnsignedRequest) async throws -> APIResponse {
        let now = clock.now()
        let (device, signature) = try authenticate(request, at: now)
        let input = try Input(request)
        guard let scope = ARN(input.trustAnchorARN)?.scope, scope.region.rawValue == signature.scope.region else {
            throw RolesAnywhereError.validation("trustAnchorArn is not of the Region that the request is signed for")
        }
        let anchor: TrustAnchorRecord = try await find(input.trustAnchorARN, in: scope)
        let profile: RolesAnywhereProfileRecord = try await find(input.profileARN, in: scope)
        try await trust(device, by: anchor, at: now)
        do {
            let conditions = RequestConditions(request.head, at: now)
            let answer = try await session(input, profile, device, anchor, conditions, in: scope)
            try await note(device, input.instanceProperties, hasFailed: false, in: scope, at: now)
            return answer
        } catch let error as RolesAnywhereError {
            try await note(device, input.instanceProperties, hasFailed: true, in: scope, at: now)
            throw error
        }
    }

    /// The session for the owner of a trusted certificate.
    private func session(
        _ input: Input, _ profile: RolesAnywhereProfileRecord, _ device: DeviceCertificate,
        _ anchor: TrustAnchorRecord, _ conditions: RequestConditions, in scope: Scope
    ) async throws -> APIResponse {
        let role = try await role(input, of: profile)
        let name = try sessionName(input, profile, device)
        let tags = device.tags(AttributeMappings(of: profile))
        try checkTrust(of: role, device, tags, name, anchor, conditions)

        let seconds = min(input.seconds ?? profile.durationSeconds, profile.durationSeconds)
        guard seconds <= role.maximumSessionSeconds else {
            throw RolesAnywhereError.validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        let session = try issuer.issue(
            .role(account: role.account, name: role.name, id: role.id, session: name), seconds: seconds
        ) { claims in
            claims.tags = tags
            claims.sourceIdentity = device.sourceIdentity
            claims.policies = profile.sessionPolicy.map { [$0] } ?? []
            claims.policyARNs = profile.managedPolicyARNs
        }
        return answer(session, role, name, device, scope)
    }

    /// - Throws: AccessDeniedException if the request is not signed with the key of the certificate it presents.
    private func authenticate(
        _ request: UnsignedRequest, at now: Timestamp
    ) throws -> (DeviceCertificate, CertificateSignature) {
        guard let leaf = request.head.headers["x-amz-x509"] else {
            throw RolesAnywhereError.accessDenied("The header X-Amz-X509 is missing")
        }
        let signature: CertificateSignature
        do {
            signature = try CertificateSignature(
                of: SignableRequest(
                    method: request.head.method, target: request.head.target, headers: request.head.headers.fields),
                payload: PayloadHash(of: request.body.readableBytesView),
                now: SigningTime(secondsSinceEpoch: now.millisecondsSinceEpoch / 1000))
        } catch {
            throw RolesAnywhereError.accessDenied(error.message)
        }
        let device = try DeviceCertificate(leaf: leaf, chain: request.head.headers["x-amz-x509-chain"])
        guard device.signed(signature) else {
            throw RolesAnywhereError.accessDenied(SignatureFailure.signatureMismatch.message)
        }
        return (device, signature)
    }

    private func trust(_ device: DeviceCertificate, by anchor: TrustAnchorRecord, at now: Timestamp) async throws {
        guard anchor.isEnabled else { throw RolesAnywhereError.accessDenied("Trust anchor is disabled") }
        let authorities = try CertificateBundle.certificates(in: anchor.certificates)
        guard (try? device.checkForm()) != nil, await device.isTrusted(by: authorities, at: now) else {
            throw RolesAnywhereError.untrusted
        }
        let lists = try await store.records(
            RevocationListRecord.self, under: .all(.revocationList, in: anchor.scope))
        for list in lists where list.isEnabled && list.trustAnchorARN == anchor.arn {
            // What is stored was read once; if it cannot be read any more, nobody is let in.
            let revocations = try RevocationListRecord.read(list.data)
            for certificate in [device.leaf] + device.intermediates where revocations.revokes(certificate) {
                throw RolesAnywhereError.revoked
            }
        }
    }

    private func role(_ input: Input, of profile: RolesAnywhereProfileRecord) async throws -> RoleRecord {
        guard profile.isEnabled else { throw RolesAnywhereError.accessDenied("Profile is disabled") }
        guard !profile.requiresInstanceProperties || !input.instanceProperties.isEmpty else {
            throw RolesAnywhereError.accessDenied("Instance properties are required by the profile")
        }
        guard profile.roleARNs.contains(input.roleARN),
            let (account, name) = RoleRecord.identifier(inARN: input.roleARN), account == profile.scope.account,
            let role = try await store.record(RoleRecord.self, at: .role(name, of: account)),
            role.arn == input.roleARN
        else { throw RolesAnywhereError.accessDenied("Unable to assume role \(input.roleARN)") }
        return role
    }

    private func sessionName(
        _ input: Input, _ profile: RolesAnywhereProfileRecord, _ device: DeviceCertificate
    ) throws -> String {
        guard let name = input.sessionName else { return device.serialHexadecimal }
        guard profile.acceptsRoleSessionName else {
            throw RolesAnywhereError.accessDenied("Profile does not accept a custom role session name")
        }
        return name
    }

    private func checkTrust(
        of role: RoleRecord, _ device: DeviceCertificate, _ tags: [IdentityTag], _ name: String,
        _ anchor: TrustAnchorRecord, _ conditions: RequestConditions
    ) throws {
        let refused = RolesAnywhereError.accessDenied("Unable to assume role \(role.arn)")
        guard let trust = try? TrustPolicy(role.trustPolicy) else { throw refused }
        var keys = conditions.keys
        keys["sts:rolesessionname"] = [name]
        keys["sts:sourceidentity"] = [device.sourceIdentity]
        keys["aws:tagkeys"] = tags.map(\.key)
        for tag in tags { keys["aws:requesttag/\(tag.key.asciiLowercased)"] = [tag.value] }
        var details = PolicyCaller.Details()
        details.tags = Dictionary(tags.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let service = "rolesanywhere.amazonaws.com"
        let caller = PolicyCaller(
            kind: .service(name: service, sourceARN: anchor.arn, sourceAccount: anchor.scope.account), arn: service,
            account: nil, userID: service, details: details)
        for action in ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] {
            let request = ActionRequest(caller: caller, action: action, resource: role.arn, keys: keys)
            guard case .allowed = trust.verdict(on: request) else { throw refused }
        }
    }

    private func answer(
        _ session: IssuedSession, _ role: RoleRecord, _ name: String, _ device: DeviceCertificate, _ scope: Scope
    ) -> APIResponse {
        let subject = "arn:\(ARN.partition):rolesanywhere:\(scope.region):\(scope.account):subject/\(device.subjectID)"
        return .json(
            .object([
                "credentialSet": .array([
                    .object([
                        "assumedRoleUser": .object([
                            "arn": .string(role.sessionARN(name)), "assumedRoleId": .string("\(role.id):\(name)"),
                        ]),
                        "credentials": .object([
                            "accessKeyId": .string(session.accessKeyID),
                            "secretAccessKey": .string(session.secretAccessKey),
                            "sessionToken": .string(session.sessionToken),
                            "expiration": .string(session.expiration.iso8601Seconds),
                        ]),
                        "packedPolicySize": .integer(Int64(session.packedPolicySize)),
                        "roleArn": .string(role.arn), "sourceIdentity": .string(device.sourceIdentity),
                    ])
                ]),
                "subjectArn": .string(subject),
            ]), status: 201)
    }
}
