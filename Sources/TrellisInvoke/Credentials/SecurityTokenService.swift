import NIOCore
import TrellisModel
import TrellisSignature

/// The two calls of STS that exchange what one has for credentials of a role.
struct SecurityTokenService: Sendable {
    var sender: any HTTPRequestSender
    var clock: any WallClock
    var environment: CredentialEnvironment

    private static let timeout = Duration.seconds(10)

    /// - Parameter parameters: Beside action and version.
    func assumeRole(
        _ parameters: [(String, String)], region: String?, by caller: ClientCredentials
    ) async throws(CredentialError) -> IssuedCredentials {
        let (origin, region) = try endpoint(region)
        let body = form([("Action", "AssumeRole"), ("Version", "2011-06-15")] + parameters)
        let request = SignableRequest(
            method: "POST", target: "\(origin.basePath)/",
            headers: [("host", origin.authority), ("content-type", Self.formType)])
        var keys = SigningKeyCache(capacity: 0)
        let signer = RequestSigner(credentials: caller, region: region, service: "sts")
        let time = SigningTime(secondsSinceEpoch: clock.now().millisecondsSinceEpoch / 1000)
        guard
            let signed = try? signer.sign(
                request, payload: .signed(PayloadHash(of: body.utf8), isSent: false), at: time, keys: &keys)
        else { throw CredentialError("AssumeRole cannot be signed") }
        return try await call("AssumeRole", origin, signed.headers.filter { $0.name != "host" }, body)
    }

    func assumeRoleWithWebIdentity(
        _ parameters: [(String, String)], region: String?
    ) async throws(CredentialError) -> IssuedCredentials {
        let (origin, _) = try endpoint(region)
        let body = form([("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15")] + parameters)
        return try await call("AssumeRoleWithWebIdentity", origin, [("content-type", Self.formType)], body)
    }

    private static let formType = "application/x-www-form-urlencoded; charset=utf-8"

    private func endpoint(_ profileRegion: String?) throws(CredentialError) -> (HTTPOrigin, String) {
        let region =
            environment.variable("AWS_REGION") ?? environment.variable("AWS_DEFAULT_REGION") ?? profileRegion
            ?? "us-east-1"
        let url =
            environment.variable("AWS_ENDPOINT_URL_STS") ?? environment.variable("AWS_ENDPOINT_URL")
            ?? "https://sts.\(region).amazonaws.com"
        guard Region(region) != nil, let origin = HTTPOrigin(url) else {
            throw CredentialError("\(url) is not the address of an STS endpoint")
        }
        return (origin, region)
    }

    private func form(_ parameters: [(String, String)]) -> String {
        parameters.map { "\(PercentEncoding.encoded($0))=\(PercentEncoding.encoded($1))" }.joined(separator: "&")
    }

    private func call(
        _ action: String, _ origin: HTTPOrigin, _ headers: [(name: String, value: String)], _ body: String
    ) async throws(CredentialError) -> IssuedCredentials {
        let response: HTTPResponse
        do {
            response = try await sender.send(
                HTTPClientRequest("POST", origin, "/", headers: headers, body: body), timeout: Self.timeout)
        } catch {
            throw CredentialError("\(action) at \(origin): \(error)")
        }
        let text = String(buffer: response.body)
        guard response.status == 200 else {
            let code = Self.element("Code", in: text) ?? ""
            throw CredentialError(
                "\(action) at \(origin) answered \(response.status) \(code): \(Self.element("Message", in: text) ?? "")"
            )
        }
        guard let id = Self.element("AccessKeyId", in: text), let secret = Self.element("SecretAccessKey", in: text),
            let token = Self.element("SessionToken", in: text), let end = Self.element("Expiration", in: text),
            let expiration = Timestamp(iso8601: end)
        else { throw CredentialError("\(action) at \(origin): the answer has no credentials") }
        return IssuedCredentials(
            credentials: ClientCredentials(
                accessKeyID: id, secretAccessKey: SecretAccessKey(secret), sessionToken: SessionToken(token)),
            expiration: expiration)
    }

    /// The text of the first element of a name; none that is read here has entities in it.
    private static func element(_ name: String, in text: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
