import Foundation
import NIOCore
import Synchronization
import Testing
import TrellisModel
import TrellisSignature

@testable import TrellisInvoke

/// Answers as the endpoints that hand out credentials do.
final class FakeEndpoints: HTTPRequestSender {
    typealias Answer = @Sendable (HTTPClientRequest) -> (Int, String)?

    private let answer: Answer
    private let sent = Mutex<[HTTPClientRequest]>([])

    var requests: [HTTPClientRequest] { sent.withLock(\.self) }

    /// - Parameter answer: Status and body; `nil` if nobody is there.
    init(_ answer: @escaping Answer = { _ in nil }) {
        self.answer = answer
    }

    func send(
        _ request: HTTPClientRequest, timeout: Duration
    ) async throws(HTTPExchangeFailure) -> HTTPResponse {
        sent.withLock { $0.append(request) }
        guard let (status, body) = answer(request) else { throw .cannotConnect("nobody") }
        return HTTPResponse(status: status, headers: [], body: ByteBuffer(string: body), keepsAlive: false)
    }

    static let container =
        #"{"AccessKeyId":"CID","SecretAccessKey":"CS","Token":"CT","Expiration":"2030-01-01T00:00:00Z"}"#
    static let role =
        #"{"Code":"Success","AccessKeyId":"IID","SecretAccessKey":"IS","Token":"IT","Expiration":"2030-01-01T00:00:00Z"}"#

    /// The instance metadata service with one role.
    static let instance: Answer = { request in
        switch (request.method, request.target) {
        case ("PUT", "/latest/api/token"): (200, "session")
        case ("GET", "/latest/meta-data/iam/security-credentials/"): (200, "role\n")
        case ("GET", "/latest/meta-data/iam/security-credentials/role"): (200, role)
        default: (404, "")
        }
    }

    /// STS: the access key id is the role's name, so that a test sees who was assumed.
    static let sts: Answer = { request in
        guard let role = request.body.firstMatch(of: /role%2F(\w+)/)?.1 else { return (400, "<Code>Bad</Code>") }
        return (
            200,
            """
            <AssumeRoleResponse><Credentials><AccessKeyId>\(role)</AccessKeyId>\
            <SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>\
            <Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResponse>
            """
        )
    }
}

@Suite struct CredentialChainTests {
    static func chain(
        _ variables: [String: String], files: [String: String] = [:], _ endpoints: FakeEndpoints = FakeEndpoints()
    ) -> CredentialChain {
        CredentialChain(
            environment: CredentialEnvironment(
                variables: variables, homeDirectory: "/home/me", readFile: { files[$0] }),
            sender: endpoints, clock: StoppedClock())
    }

    /// Who would sign: `id secret token`, or what is wrong.
    static func found(
        _ variables: [String: String], files: [String: String] = [:], _ endpoints: FakeEndpoints = FakeEndpoints(),
        _ selection: CredentialSelection = .standardChain
    ) async -> String {
        do {
            guard let issued = try await chain(variables, files: files, endpoints).issue(selection) else { return "-" }
            let found = issued.credentials
            return "\(found.accessKeyID) \(found.secretAccessKey.reveal()) \(found.sessionToken?.reveal() ?? "-")"
        } catch {
            return error.description
        }
    }

    private static let keys = ["AWS_ACCESS_KEY_ID": "EID", "AWS_SECRET_ACCESS_KEY": "ES"]
    private static let files = [
        "/home/me/.aws/credentials": "[default]\naws_access_key_id = PID\naws_secret_access_key=PS\n",
        "/token": "web token\n",
    ]
    private static let web = ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/web"]
    private static let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"]

    /// Everything is there, and what comes first is taken away one after the other.
    @Test func theOrderIsThatOfTheSDKs() async {
        let endpoints = FakeEndpoints { request in
            request.origin.host.hasPrefix("sts")
                ? FakeEndpoints.sts(request)
                : request.origin.host == "169.254.170.2"
                    ? (200, FakeEndpoints.container)
                    : FakeEndpoints.instance(request)
        }
        var variables = Self.keys.merging(Self.web) { $1 }.merging(Self.container) { $1 }
        var files = Self.files
        #expect(await Self.found(variables, files: files, endpoints) == "EID ES -")
        variables["AWS_ACCESS_KEY_ID"] = nil
        #expect(await Self.found(variables, files: files, endpoints) == "web S T")
        variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = ""
        #expect(await Self.found(variables, files: files, endpoints) == "PID PS -")
        files["/home/me/.aws/credentials"] = nil
        #expect(await Self.found(variables, files: files, endpoints) == "CID CS CT")
        variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = nil
        #expect(await Self.found(variables, files: files, endpoints) == "IID IS IT")
        variables["AWS_EC2_METADATA_DISABLED"] = "True"
        #expect(await Self.found(variables, files: files, endpoints).hasPrefix("no credentials in the environment"))
        #expect(
            await Self.found(Self.keys, files: files, endpoints, .profile("default")).hasPrefix("there is no profile"))
    }

    @Test(arguments: [
        (["AWS_ACCESS_KEY_ID": "a"], "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"),
        (["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"], "a b c"),
        (["AWS_PROFILE": "gone"], "there is no profile gone"),
        (["AWS_WEB_IDENTITY_TOKEN_FILE": "/token"], "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not"),
        (
            ["AWS_WEB_IDENTITY_TOKEN_FILE": "/none", "AWS_ROLE_ARN": "arn:aws:iam::1:role/web"],
            "the web identity token: there is no file /none"
        ),
    ])
    func theEnvironmentMayBeWrong(_ variables: [String: String], _ expected: String) async {
        #expect(await Self.found(variables, files: Self.files) == expected)
    }

    @Test func aWebIdentityTokenIsExchanged() async throws {
        let endpoints = FakeEndpoints(FakeEndpoints.sts)
        let variables = Self.web.merging(["AWS_ROLE_SESSION_NAME": "me", "AWS_REGION": "eu-west-1"]) { $1 }
        let issued = try await Self.chain(variables, files: Self.files, endpoints).issue(.standardChain)
        #expect(issued?.expiration == Timestamp(iso8601: "2030-01-01T00:00:00Z"))
        let request = try #require(endpoints.requests.first)
        #expect(request.origin.description == "https://sts.eu-west-1.amazonaws.com")
        #expect(
            request.body
                == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fweb"
                + "&RoleSessionName=me&WebIdentityToken=web%20token")
        #expect(!request.headers.contains { $0.name == "authorization" })
        let refused = FakeEndpoints { _ in (400, "<Error><Code>ExpiredToken</Code><Message>old</Message></Error>") }
        #expect(
            await Self.found(Self.web, files: Self.files, refused)
                == "AssumeRoleWithWebIdentity at https://sts.us-east-1.amazonaws.com answered 400 ExpiredToken: old")
    }

    @Test func aProfileAssumesARoleWithTheKeysOfAnother() async throws {
        let config = """
            [profile first]
            role_arn = arn:aws:iam::1:role/one
            source_profile = second
            external_id = x
            region = eu-west-2
            [profile second]
            role_arn = arn:aws:iam::1:role/two
            source_profile = default
            [profile own]
            role_arn = arn:aws:iam::1:role/own
            source_profile = own
            aws_access_key_id = OID
            aws_secret_access_key = OS
            """
        let files = Self.files.merging(["/home/me/.aws/config": config]) { $1 }
        let endpoints = FakeEndpoints(FakeEndpoints.sts)
        #expect(await Self.found([:], files: files, endpoints, .profile("first")) == "one S T")
        #expect(endpoints.requests.count == 2)
        #expect(endpoints.requests[0].headers.contains { $0.name == "authorization" && $0.value.contains("PID/") })
        #expect(
            endpoints.requests[1].headers.contains {
                $0.name == "authorization" && $0.value.contains("Credential=two/20231114/eu-west-2/sts/aws4_request")
            })
        #expect(endpoints.requests[1].body.contains("&ExternalId=x"))
        #expect(await Self.found(["AWS_PROFILE": "own"], files: files, endpoints) == "own S T")
    }

    @Test(arguments: [
        ("source_profile = p2\n[profile p2]\nrole_arn=arn:aws:iam::1:role/b\nsource_profile=p", "leads back to it"),
        ("source_profile = gone", "its source_profile gone has no credentials"),
        ("credential_source = Moon", "there is no credential_source Moon"),
        ("credential_source = Environment", "Environment has no credentials"),
        ("source_profile = default\ncredential_source = Environment", "exclude each other"),
        ("source_profile = default\nmfa_serial = x", "mfa_serial"),
    ])
    func aProfileMayBeWrong(_ settings: String, _ expected: String) async {
        let config = "[profile p]\nrole_arn = arn:aws:iam::1:role/a\n\(settings)\n"
        let files = Self.files.merging(["/home/me/.aws/config": config]) { $1 }
        let found = await Self.found([:], files: files, FakeEndpoints(FakeEndpoints.sts), .profile("p"))
        #expect(found.contains(expected), "\(found)")
    }

    @Test(arguments: [
        ("credential_process = /bin/x", "profile p: credential_process is not supported"),
        ("sso_session = x", "profile p: SSO is not supported; put credentials into another profile"),
        ("aws_access_key_id = a", "profile p has no aws_secret_access_key"),
        ("region = eu-west-1", "there is no profile p with credentials"),
    ])
    func someProfilesAreNotSupported(_ settings: String, _ expected: String) async {
        let files = ["/home/me/.aws/config": "[profile p]\n\(settings)\n"]
        #expect(await Self.found([:], files: files, FakeEndpoints(), .profile("p")) == expected)
    }

    @Test(arguments: [
        ("http://127.0.0.1:1/x?y=1", "http://127.0.0.1:1", "/x?y=1"), ("http://[::1]/", "http://[::1]", "/"),
        ("http://localhost/c", "http://localhost", "/c"), ("https://example.com/c", "https://example.com", "/c"),
        ("http://169.254.170.23/v1/credentials", "http://169.254.170.23", "/v1/credentials"),
    ])
    func theContainerEndpointMayBeNamedInFull(_ url: String, _ origin: String, _ target: String) async throws {
        let endpoints = FakeEndpoints { _ in (200, FakeEndpoints.container) }
        let variables = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other",
        ]
        #expect(await Self.found(variables, files: ["/token": "secret\n"], endpoints) == "CID CS CT")
        let request = try #require(endpoints.requests.first)
        #expect(request.origin.description == origin)
        #expect(request.target == target)
        #expect(request.headers.contains { $0.name == "authorization" && $0.value == "secret" })
    }

    @Test(arguments: [
        "http://example.com/c", "http://127.evil.example/c", "http://169.254.169.254/c", "ftp://localhost/c",
        "http://localhost@example.com/", "http://127.0.0.1.example.com/",
    ])
    func theContainerTokenStaysOnThisMachine(_ url: String) async {
        let endpoints = FakeEndpoints { _ in (200, FakeEndpoints.container) }
        let found = await Self.found(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], endpoints)
        #expect(found.hasPrefix("AWS_CONTAINER_CREDENTIALS_FULL_URI"), "\(found)")
        #expect(endpoints.requests.isEmpty)
    }

    @Test func aTokenWithALineBreakIsRefused() async {
        let variables = Self.container.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nhost: x"]) { $1 }
        #expect(await Self.found(variables) == "the container authorization token has a line break")
    }

    @Test func theInstanceIsAskedWithASessionToken() async {
        let endpoints = FakeEndpoints(FakeEndpoints.instance)
        #expect(await Self.found([:], endpoints) == "IID IS IT")
        #expect(endpoints.requests.map(\.origin.description) == Array(repeating: "http://169.254.169.254", count: 3))
        #expect(
            endpoints.requests.dropFirst().allSatisfy {
                $0.headers.contains { $0.name == "x-aws-ec2-metadata-token" && $0.value == "session" }
            })
    }

    @Test(arguments: [
        (200, "", "the container credentials: the answer has no credentials"),
        (500, "", "the container credentials: the answer is 500"),
        (
            200, #"{"Code":"Failed","AccessKeyId":"a","SecretAccessKey":"b"}"#,
            "the container credentials: the answer has no credentials"
        ),
        (
            200, #"{"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"}"#,
            "the container credentials: the expiration is not a time"
        ),
    ])
    func anEndpointMayAnswerNonsense(_ status: Int, _ body: String, _ expected: String) async {
        #expect(await Self.found(Self.container, FakeEndpoints { _ in (status, body) }) == expected)
    }

    /// botocore reads the same files and decides who would sign.
    @Test(
        .enabled(if: Botocore.isAvailable),
        arguments: [
            "[default]\naws_access_key_id=A\naws_secret_access_key=B\n",
            "[default]\n# c\n; d\naws_access_key_id : A\naws_secret_access_key = B=C # no comment\n",
            "[ default ]\naws_access_key_id=A\naws_secret_access_key=B\n",
            "[profile default]\naws_access_key_id=A\naws_secret_access_key=B\n",
            "[default]\nAWS_ACCESS_KEY_ID=A\naws_secret_access_key=B\naws_session_token=T\ns3 =\n  max = 1\nregion=x\n",
        ])
    func filesAreReadAsBotocoreReadsThem(_ config: String) async throws {
        let expected = try Botocore.found(config: config)
        let found = await Self.found(
            ["AWS_EC2_METADATA_DISABLED": "true"], files: ["/home/me/.aws/config": config])
        #expect((found.hasPrefix("no credentials") ? "none" : found) == expected)
    }
}

/// The botocore of the machine's Python.
private enum Botocore {
    static let isAvailable = (try? run("print('yes')", [:])) == "yes"

    static func found(config: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try config.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try run(
            """
            c = botocore.session.Session().get_credentials()
            print(f"{c.access_key} {c.secret_key} {c.token or '-'}" if c else "none")
            """,
            [
                "AWS_CONFIG_FILE": file.path, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
                "AWS_EC2_METADATA_DISABLED": "true",
            ])
    }

    private static func run(_ script: String, _ variables: [String: String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import botocore.session\n\(script)"]
        process.environment = variables.merging(["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
