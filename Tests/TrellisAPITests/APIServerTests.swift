import Logging
import NIOCore
import NIOPosix
import Testing
import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisSignature

/// The server over a real socket, with a client that signs.
@Suite struct APIServerTests {
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let now = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    struct Echo: APIErrorTable {
        func wireError(for error: any Error) -> APIError {
            if case ProtocolError.bodyTooLarge(let limit) = error {
                return APIError("TooLarge", status: 413, message: "\(limit)")
            }
            return APIError("Internal", status: 500, message: "internal")
        }
    }

    static func dispatcher(_ policy: AccessKeyPolicy) -> APIDispatcher {
        let api = RestJSONAPI(
            signingName: "vpc-lattice",
            operations: [
                APIOperation("Echo", "POST", "/echo/{id}", bodyLimit: 100) { call in
                    .json(
                        .object([
                            "id": .string(call.labels["id"] ?? ""), "account": .string(call.caller.account.rawValue),
                            "region": .string(call.caller.region.rawValue), "body": .string(String(buffer: call.body)),
                        ]))
                }
            ],
            permissions: OperationPermissions(clock: FixedClock(at: now)) { call in
                [Permission("echo:\(call.operation)", on: "*")]
            },
            errors: Echo(), onInternalError: { _, _, _ in })
        return APIDispatcher(
            apis: [api], authenticator: APIAuthenticator(policy: policy, clock: FixedClock(at: now)),
            random: FixedRandom(), logger: Logger(label: "test"), settle: {})
    }

    static func known() throws -> AccessKeyPolicy {
        let account = try #require(AccountID("123456789012"))
        return .known { id, _ in
            guard id == "AKIDEXAMPLE" else { return nil }
            return KnownCaller(
                credential: StoredCredential(secretAccessKey: SecretAccessKey(secret)), caller: .root(of: account),
                policies: .everything)
        }
    }

    /// Signs a request to the server's echo operation.
    static func signed(
        _ target: String = "/echo/a%2Fb", body: String = "{}", service: String = "vpc-lattice",
        key: String = "AKIDEXAMPLE",
        secret: String = secret, at seconds: Int64 = 0
    ) throws -> [(name: String, value: String)] {
        var keys = SigningKeyCache(capacity: 0)
        let signer = RequestSigner(
            credentials: ClientCredentials(accessKeyID: key, secretAccessKey: SecretAccessKey(secret)),
            region: "eu-west-1", service: service)
        return try signer.sign(
            SignableRequest(method: "POST", target: target, headers: [("host", "trellis.test")]),
            payload: .signed(PayloadHash(of: Array(body.utf8)), isSent: false),
            at: SigningTime(secondsSinceEpoch: now.millisecondsSinceEpoch / 1000 + seconds), keys: &keys
        ).headers
    }

    /// Runs a server for the time of `body`, which gets its port.
    static func withServer(_ policy: AccessKeyPolicy, _ body: (Int) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = APIServer(
            configuration: .init(host: "127.0.0.1", port: 0), dispatcher: dispatcher(policy),
            logger: Logger(label: "test"),
            onRunning: { port.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let bound = try #require(await iterator.next())
            try await body(bound)
            group.cancelAll()
        }
    }

    /// Sends raw bytes and reads until the server closes.
    static func exchange(port: Int, _ request: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var answer = ByteBuffer()
            for try await part in inbound { answer.writeImmutableBuffer(part) }
            return String(buffer: answer)
        }
    }

    static func request(
        _ headers: [(name: String, value: String)], target: String = "/echo/a%2Fb", body: String = "{}"
    ) -> String {
        let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        return
            "POST \(target) HTTP/1.1\r\n\(lines)Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func aSignedCallIsAnsweredForItsAccountAndRegion() async throws {
        try await Self.withServer(Self.known()) { port in
            let answer = try await Self.exchange(port: port, Self.request(try Self.signed()))
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.contains(#"{"account":"123456789012","body":"{}","id":"a/b","region":"eu-west-1"}"#))
            #expect(answer.lowercased().contains("x-amzn-requestid: 00000000-0000-4001-"))
        }
    }

    /// The address is that of the connection.
    @Test(arguments: [("127.0.0.0/8", 200), ("10.0.0.0/8", 403)])
    func aCallerIsWhereItsConnectionComesFrom(block: String, status: Int) async throws {
        let account = try #require(AccountID("123456789012"))
        let policy = try CompiledPolicy(
            parsing: #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"echo:*","Resource":"*","#
                + #""Condition":{"IpAddress":{"aws:SourceIp":"\#(block)"}}}}"#, as: .identityPolicy)
        let known = AccessKeyPolicy.known { _, _ in
            KnownCaller(
                credential: StoredCredential(secretAccessKey: SecretAccessKey(Self.secret)), caller: .root(of: account),
                policies: .policies([policy]))
        }
        try await Self.withServer(known) { port in
            // Nobody vouches for what a header says.
            let headers = try Self.signed() + [("x-forwarded-for", "10.0.0.1")]
            let answer = try await Self.exchange(port: port, Self.request(headers))
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test(arguments: [
        ("no signature", "MissingAuthenticationTokenException"),
        ("wrong secret", "InvalidSignatureException"),
        ("unknown key", "UnrecognizedClientException"),
        ("too old", "InvalidSignatureException"),
        ("too new", "InvalidSignatureException"),
        ("another body", "InvalidSignatureException"),
        ("another path", "InvalidSignatureException"),
        ("broken header", "IncompleteSignatureException"),
    ])
    func anyOtherCallGetsTheErrorOfAWS(fault: String, type: String) async throws {
        try await Self.withServer(Self.known()) { port in
            let request =
                switch fault {
                case "no signature": Self.request([("host", "trellis.test")])
                case "wrong secret": Self.request(try Self.signed(secret: "other"))
                case "unknown key": Self.request(try Self.signed(key: "AKIAOTHER"))
                case "too old": Self.request(try Self.signed(at: -901))
                case "too new": Self.request(try Self.signed(at: 901))
                case "another body": Self.request(try Self.signed(), body: "{ }")
                case "another path": Self.request(try Self.signed(), target: "/echo/other")
                default: Self.request([("host", "trellis.test"), ("authorization", "AWS4-HMAC-SHA256 nonsense")])
                }
            let answer = try await Self.exchange(port: port, request)
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
            #expect(answer.contains("x-amzn-errortype: \(type)"))
            #expect(!answer.contains(Self.secret))
        }
    }

    @Test func aBodyOverTheLimitGetsTheServicesOwnError() async throws {
        try await Self.withServer(Self.known()) { port in
            let body = String(repeating: "x", count: 101)
            let answer = try await Self.exchange(port: port, Self.request(try Self.signed(body: body), body: body))
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("TooLarge"))
        }
    }

    @Test func anAPIThatIsNotServedIsNamed() async throws {
        try await Self.withServer(Self.known()) { port in
            let answer = try await Self.exchange(port: port, Self.request(try Self.signed(service: "dynamodb")))
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(answer.contains("signed for 'dynamodb'"))
        }
    }

    @Test func anyKeyTakesEverySignature() async throws {
        let account = try #require(AccountID("210987654321"))
        try await Self.withServer(.anyKey(account: account, defaultRegion: .usEast1)) { port in
            let answer = try await Self.exchange(
                port: port, Self.request(try Self.signed(key: "test", secret: "test", at: -90_000)))
            #expect(answer.contains(#""account":"210987654321""#))
        }
    }
}
