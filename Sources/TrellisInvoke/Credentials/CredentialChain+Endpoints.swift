import FoundationEssentials
import NIOCore
import TrellisModel
import TrellisSignature

/// Credentials that an endpoint on the machine hands out.
extension CredentialChain {
    private static let containerTimeout = Duration.seconds(2)
    private static let instanceTimeout = Duration.seconds(1)

    // MARK: Container

    func container() async throws(CredentialError) -> IssuedCredentials? {
        let origin: HTTPOrigin
        var target = ""
        if let relative = environment.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            origin = HTTPOrigin(isSecure: false, host: "169.254.170.2", port: 80)
            target = relative.hasPrefix("/") ? relative : "/\(relative)"
        } else if let url = environment.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            (origin, target) = try Self.containerAddress(url)
        } else {
            return nil
        }
        let headers = try await containerAuthorization().map { [(name: "authorization", value: $0)] } ?? []
        let response = try await get(
            origin, target, headers: [("accept", "application/json")] + headers, timeout: Self.containerTimeout,
            for: "the container credentials")
        return try Self.credentials(in: response, from: "the container credentials")
    }

    /// In clear text the token and the credentials only go to this machine.
    ///
    /// - Source: botocore `ContainerMetadataFetcher`.
    private static func containerAddress(_ url: String) throws(CredentialError) -> (HTTPOrigin, String) {
        let schemeEnd = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let slash = url[schemeEnd...].firstIndex(of: "/") ?? url.endIndex
        let query = url[schemeEnd...].firstIndex(of: "?") ?? url.endIndex
        let end = min(slash, query)
        guard let origin = HTTPOrigin(String(url[..<end])) else {
            throw CredentialError("AWS_CONTAINER_CREDENTIALS_FULL_URI is no http or https URL")
        }
        let isLocal =
            ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "::1"].contains(origin.host)
            || isIPv4Loopback(origin.host)
        guard origin.isSecure || isLocal else {
            throw CredentialError(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI: \(origin.host) is neither this machine nor asked by https")
        }
        let target = String(url[end...])
        return (origin, target.hasPrefix("/") ? target : "/\(target)")
    }

    private static func isIPv4Loopback(_ host: String) -> Bool {
        guard host.hasPrefix("127."), let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
        return address.protocol == .inet
    }

    /// The file is read again each time: its token changes.
    private func containerAuthorization() async throws(CredentialError) -> String? {
        let token: String
        if let file = environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            token = String(
                try await environment.text(ofFile: file, for: "the container authorization token").trimmingNewlines)
        } else if let variable = environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            token = variable
        } else {
            return nil
        }
        guard !token.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw CredentialError("the container authorization token has a line break")
        }
        return token
    }

    // MARK: Instance

    /// Version 2 of the metadata service, which asks for a session token first; version 1 is not used.
    ///
    /// - Returns: `nil` if nobody answers or the instance has no role.
    func instance() async throws(CredentialError) -> IssuedCredentials? {
        guard environment.variable("AWS_EC2_METADATA_DISABLED")?.lowercasedASCII != "true" else { return nil }
        let isIPv6 = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercasedASCII == "ipv6"
        let url =
            environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")
            ?? (isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
        guard let origin = HTTPOrigin(url) else {
            throw CredentialError("AWS_EC2_METADATA_SERVICE_ENDPOINT is no http or https URL")
        }
        let asked = HTTPClientRequest(
            "PUT", origin, "/latest/api/token", headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")])
        guard let answer = try? await sender.send(asked, timeout: Self.instanceTimeout), answer.status == 200 else {
            return nil
        }
        let session = [(name: "x-aws-ec2-metadata-token", value: String(String(buffer: answer.body).trimmingNewlines))]
        let path = "/latest/meta-data/iam/security-credentials/"
        let what = "the instance metadata"
        let roles = try await get(origin, path, headers: session, timeout: Self.instanceTimeout, for: what)
        let role = String(buffer: roles.body).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard roles.status == 200, !role.isEmpty else { return nil }
        let credentials = try await get(
            origin, path + PercentEncoding.encoded(role), headers: session, timeout: Self.instanceTimeout, for: what)
        return try Self.credentials(in: credentials, from: what)
    }

    // MARK: Both

    private func get(
        _ origin: HTTPOrigin, _ target: String, headers: [(name: String, value: String)], timeout: Duration,
        for what: String
    ) async throws(CredentialError) -> HTTPResponse {
        do {
            return try await sender.send(HTTPClientRequest("GET", origin, target, headers: headers), timeout: timeout)
        } catch {
            throw CredentialError("\(what) at \(origin): \(error)")
        }
    }

    private struct Document: Decodable {
        var code: String?
        var accessKeyID: String
        var secretAccessKey: String
        var token: String?
        var expiration: String?

        enum CodingKeys: String, CodingKey {
            case code = "Code"
            case accessKeyID = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case token = "Token"
            case expiration = "Expiration"
        }
    }

    private static func credentials(
        in response: HTTPResponse, from what: String
    ) throws(CredentialError) -> IssuedCredentials {
        guard response.status == 200 else { throw CredentialError("\(what): the answer is \(response.status)") }
        let data = Data(response.body.readableBytesView)
        guard let document = try? JSONDecoder().decode(Document.self, from: data),
            document.code == nil || document.code == "Success"
        else { throw CredentialError("\(what): the answer has no credentials") }
        let expiration = document.expiration.flatMap { Timestamp(iso8601: $0) }
        guard document.expiration == nil || expiration != nil else {
            throw CredentialError("\(what): the expiration is not a time")
        }
        return IssuedCredentials(
            credentials: ClientCredentials(
                accessKeyID: document.accessKeyID, secretAccessKey: SecretAccessKey(document.secretAccessKey),
                sessionToken: document.token.map { SessionToken($0) }), expiration: expiration)
    }
}
