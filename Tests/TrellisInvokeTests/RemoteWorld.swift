import Logging
import NIOCore
import NIOPosix
import TrellisModel
import TrellisSignature

@testable import TrellisInvoke

/// A clock that stands at 2023-11-14T22:13:20Z.
struct StoppedClock: WallClock {
    static let now = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    func now() -> Timestamp { Self.now }
}

/// Invokes at a scripted server as the data plane would.
struct RemoteWorld {
    static let scope = "arn:aws:lambda:us-east-1:123456789012:function"
    static let credentials = ClientCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: SecretAccessKey("secret"))

    let invoker: RemoteInvoker
    /// One loop, so that a test knows where connections are.
    let group: any EventLoopGroup

    init(
        port: Int, loops: Int = 1, credentials selection: CredentialSelection = .unsigned,
        issued: IssuedCredentials? = IssuedCredentials(credentials: Self.credentials),
        change: (inout RemoteEndpoint) -> Void = { _ in }
    ) async {
        var endpoint = RemoteEndpoint(
            origin: HTTPOrigin(isSecure: false, host: "127.0.0.1", port: port), credentials: selection)
        change(&endpoint)
        group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        invoker = RemoteInvoker(
            mappings: [RemoteFunctionMapping(account: nil, region: nil, functions: ["f*"], endpoint: endpoint)],
            credentials: { _ async throws(CredentialError) in
                guard let issued else { throw CredentialError("none here") }
                return issued
            }, eventLoopGroup: group, clock: StoppedClock(), logger: Logger(label: "test"))
        await invoker.prepare()
    }

    func invoke(_ function: String = "f", _ payload: String = "{}", loop: Int = 0) async throws -> InvocationOutcome {
        let arn = try requireARN(function)
        let loops = Array(group.makeIterator())
        let eventLoop = loops[loop % loops.count]
        let invocation = Invocation(
            function: arn, payload: ByteBuffer(string: payload), requestID: "00000000-0000-4000-8000-000000000000",
            caller: .authorized)
        let invoker = self.invoker
        return try await eventLoop.flatSubmit { invoker.invoke(invocation, on: eventLoop) }.get()
    }

    func requireARN(_ function: String) throws -> FunctionARN {
        guard let arn = FunctionARN("\(Self.scope):\(function)") else { throw CredentialError("no ARN: \(function)") }
        return arn
    }

    func stop() async throws {
        let task = Task { try await invoker.run() }
        task.cancel()
        try await task.value
        try await group.shutdownGracefully()
    }
}

extension InvocationOutcome {
    /// One line that tells outcomes apart.
    var summary: String {
        switch self {
        case .success(let result): "success \(result.executedVersion) \(String(buffer: result.payload))"
        case .functionError(let result, let failure): "\(failure) \(String(buffer: result.payload))"
        case .rejected(let rejection): "\(rejection)"
        }
    }
}
