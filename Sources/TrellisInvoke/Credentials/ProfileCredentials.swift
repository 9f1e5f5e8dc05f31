import TrellisModel
import TrellisSignature

/// Credentials of a profile of the shared files: keys, a role that another profile or a source assumes, or a role that a
/// web identity token is exchanged for.
struct ProfileCredentials: Sendable {
    var chain: CredentialChain
    var profiles: SharedProfiles

    /// - Returns: `nil` if the profile is not there or says nothing of credentials.
    func issue(for name: String, visited: [String] = []) async throws(CredentialError) -> IssuedCredentials? {
        guard let profile = profiles[name] else { return nil }
        if let tokenFile = profile["web_identity_token_file"] {
            let role = try required("role_arn", of: profile, name)
            return try await chain.webIdentity(
                tokenFile: tokenFile, role: role, sessionName: profile["role_session_name"], region: profile["region"])
        }
        let isBackAtItself = visited.last == name
        if let role = profile["role_arn"], !isBackAtItself,
            profile["source_profile"] != nil || profile["credential_source"] != nil
        {
            return try await assume(role, profile, name, visited)
        }
        if let keys = try keys(profiles.credentials[name], name) { return keys }
        if profile["sso_session"] != nil || profile["sso_start_url"] != nil {
            throw CredentialError("profile \(name): SSO is not supported; put credentials into another profile")
        }
        if profile["credential_process"] != nil {
            throw CredentialError("profile \(name): credential_process is not supported")
        }
        return try keys(profiles.config[name], name)
    }

    private func keys(_ settings: [String: String]?, _ name: String) throws(CredentialError) -> IssuedCredentials? {
        guard let settings, let id = settings["aws_access_key_id"] else { return nil }
        let secret = try required("aws_secret_access_key", of: settings, name)
        return IssuedCredentials(
            credentials: ClientCredentials(
                accessKeyID: id, secretAccessKey: SecretAccessKey(secret),
                sessionToken: settings["aws_session_token"].map { SessionToken($0) }))
    }

    private func assume(
        _ role: String, _ profile: [String: String], _ name: String, _ visited: [String]
    ) async throws(CredentialError) -> IssuedCredentials {
        guard profile["mfa_serial"] == nil else {
            throw CredentialError("profile \(name): nobody is there to type a code for mfa_serial")
        }
        guard !visited.contains(name), visited.count < 8 else {
            throw CredentialError("profile \(name): source_profile leads back to it")
        }
        let source = try await source(of: profile, name, visited + [name])
        var parameters = [
            ("RoleArn", role), ("RoleSessionName", profile["role_session_name"] ?? chain.sessionName),
        ]
        if let id = profile["external_id"] { parameters.append(("ExternalId", id)) }
        if let duration = profile["duration_seconds"] { parameters.append(("DurationSeconds", duration)) }
        return try await chain.sts.assumeRole(parameters, region: profile["region"], by: source.credentials)
    }

    private func source(
        of profile: [String: String], _ name: String, _ visited: [String]
    ) async throws(CredentialError) -> IssuedCredentials {
        if let other = profile["source_profile"] {
            guard profile["credential_source"] == nil else {
                throw CredentialError("profile \(name): source_profile and credential_source exclude each other")
            }
            if let issued = try await issue(for: other, visited: visited) { return issued }
            throw CredentialError("profile \(name): its source_profile \(other) has no credentials")
        }
        let named = profile["credential_source"] ?? ""
        let issued: IssuedCredentials?
        switch named {
        case "Environment": issued = try chain.environmentKeys()
        case "EcsContainer": issued = try await chain.container()
        case "Ec2InstanceMetadata": issued = try await chain.instance()
        default: throw CredentialError("profile \(name): there is no credential_source \(named)")
        }
        guard let issued else { throw CredentialError("profile \(name): \(named) has no credentials") }
        return issued
    }

    private func required(
        _ setting: String, of profile: [String: String], _ name: String
    ) throws(CredentialError) -> String {
        guard let value = profile[setting], !value.isEmpty else {
            throw CredentialError("profile \(name) has no \(setting)")
        }
        return value
    }
}
