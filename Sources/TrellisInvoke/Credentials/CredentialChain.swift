package import TrellisModel
import TrellisSignature

/// Finds credentials where the AWS SDKs look for them, in their order.
///
/// Environment variables, a profile that assumes a role, a web identity token, a profile with keys, the container
/// endpoint, the instance metadata service.
///
/// - Source: botocore `credentials.py`, `create_credential_resolver`.
package struct CredentialChain: Sendable {
    var environment: CredentialEnvironment
    var sender: any HTTPRequestSender
    var clock: any WallClock

    package init(environment: CredentialEnvironment, sender: any HTTPRequestSender, clock: any WallClock) {
        self.environment = environment
        self.sender = sender
        self.clock = clock
    }

    var sts: SecurityTokenService { SecurityTokenService(sender: sender, clock: clock, environment: environment) }
    var sessionName: String { "trellis-\(clock.now().millisecondsSinceEpoch / 1000)" }

    /// - Throws: ``CredentialError`` if there are none, or if the first that are there cannot be used.
    package func issue(_ selection: CredentialSelection) async throws(CredentialError) -> IssuedCredentials? {
        switch selection {
        case .unsigned: return nil
        case .profile(let name):
            let profiles = ProfileCredentials(chain: self, profiles: try await sharedProfiles())
            if let issued = try await profiles.issue(for: name) { return issued }
            throw CredentialError("there is no profile \(name) with credentials")
        case .standardChain:
            if let issued = try await first() { return issued }
            throw CredentialError(
                "no credentials in the environment, the shared files, the container endpoint or the instance metadata")
        }
    }

    private func first() async throws(CredentialError) -> IssuedCredentials? {
        if let issued = try environmentKeys() { return issued }
        let profiles = ProfileCredentials(chain: self, profiles: try await sharedProfiles())
        let name = environment.variable("AWS_PROFILE") ?? environment.variable("AWS_DEFAULT_PROFILE")
        if let name, profiles.profiles[name] == nil { throw CredentialError("there is no profile \(name)") }
        let profile = profiles.profiles[name ?? "default"]
        let assumesRole =
            profile?["role_arn"] != nil
            && (profile?["source_profile"] != nil || profile?["credential_source"] != nil)
        if !assumesRole, let issued = try await environmentWebIdentity(region: profile?["region"]) { return issued }
        if let issued = try await profiles.issue(for: name ?? "default") { return issued }
        if let issued = try await container() { return issued }
        return try await instance()
    }

    // MARK: Environment

    func environmentKeys() throws(CredentialError) -> IssuedCredentials? {
        guard let id = environment.variable("AWS_ACCESS_KEY_ID") else { return nil }
        guard let secret = environment.variable("AWS_SECRET_ACCESS_KEY") else {
            throw CredentialError("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not")
        }
        let token = environment.variable("AWS_SESSION_TOKEN") ?? environment.variable("AWS_SECURITY_TOKEN")
        return IssuedCredentials(
            credentials: ClientCredentials(
                accessKeyID: id, secretAccessKey: SecretAccessKey(secret),
                sessionToken: token.map { SessionToken($0) }))
    }

    private func environmentWebIdentity(region: String?) async throws(CredentialError) -> IssuedCredentials? {
        guard let file = environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
        guard let role = environment.variable("AWS_ROLE_ARN") else {
            throw CredentialError("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not")
        }
        return try await webIdentity(
            tokenFile: file, role: role, sessionName: environment.variable("AWS_ROLE_SESSION_NAME"), region: region)
    }

    /// The token is read again each time: it changes while Trellis runs.
    func webIdentity(
        tokenFile: String, role: String, sessionName name: String?, region: String?
    ) async throws(CredentialError) -> IssuedCredentials {
        let token = try await environment.text(ofFile: tokenFile, for: "the web identity token")
        return try await sts.assumeRoleWithWebIdentity(
            [
                ("RoleArn", role), ("RoleSessionName", name ?? sessionName),
                ("WebIdentityToken", String(token.trimmingNewlines)),
            ], region: region)
    }

    // MARK: Files

    private func sharedProfiles() async throws(CredentialError) -> SharedProfiles {
        let config = try await sharedFile("AWS_CONFIG_FILE", "config")
        let credentials = try await sharedFile("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        return SharedProfiles(config: config, credentials: credentials)
    }

    private func sharedFile(_ variable: String, _ name: String) async throws(CredentialError) -> String {
        let path: String
        if let given = environment.variable(variable) {
            let home = environment.homeDirectory
            path = given.hasPrefix("~/") && home != nil ? "\(home ?? "")\(given.dropFirst())" : given
        } else if let home = environment.homeDirectory {
            path = "\(home)/.aws/\(name)"
        } else {
            return ""
        }
        do {
            return try await environment.readFile(path) ?? ""
        } catch {
            throw CredentialError("\(path) cannot be read: \(error)")
        }
    }
}

extension String {
    /// Without white space at the end, which editors and `echo` leave.
    var trimmingNewlines: Substring {
        guard let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return self[...last]
    }
}
