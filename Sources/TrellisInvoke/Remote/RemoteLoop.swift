import NIOCore
import TrellisModel
import TrellisSignature

/// What one event loop needs to call remote functions: connections, credentials, and requests that are made already.
///
/// `@unchecked Sendable`: used on `eventLoop` only.
final class RemoteLoop: @unchecked Sendable {
    /// What is found out about a function once, so that a call of it costs one look.
    final class Known {
        /// The index of its mapping; `nil` for a function of this machine.
        let endpoint: Int?
        /// With the credentials of now.
        fileprivate var request: RemoteRequest?

        fileprivate init(endpoint: Int?) {
            self.endpoint = endpoint
        }
    }

    /// Of known functions; when it is reached they are forgotten and found again.
    private static let memory = 4096

    /// Among the loops of the invoker.
    let index: Int
    let eventLoop: any EventLoop
    private let mappings: [RemoteFunctionMapping]
    private let clock: any WallClock
    /// `nil` where another loop has the connections of an endpoint.
    private let pools: [HTTPConnectionPool?]
    private var credentials: [CredentialSelection: CredentialRefresher.State] = [:]
    private var functions: [FunctionARN: Known] = [:]

    init(
        index: Int, eventLoop: any EventLoop, mappings: [RemoteFunctionMapping], clock: any WallClock,
        pools: [HTTPConnectionPool?]
    ) {
        self.index = index
        self.eventLoop = eventLoop
        self.mappings = mappings
        self.clock = clock
        self.pools = pools
    }

    func known(_ function: FunctionARN) -> Known {
        if let known = functions[function] { return known }
        if functions.count >= Self.memory { functions.removeAll(keepingCapacity: true) }
        let known = Known(endpoint: mappings.firstIndex { $0.fits(function) })
        functions[function] = known
        return known
    }

    func use(_ state: CredentialRefresher.State, for selection: CredentialSelection) {
        credentials[selection] = state
        functions.removeAll()
    }

    var connectionCount: Int { pools.reduce(0) { $0 + ($1?.count ?? 0) } }

    func shutDown() {
        for case let pool? in pools { pool.shutDown() }
    }

    /// Calls a function; this loop must have connections to the endpoint.
    ///
    /// - Parameter known: What this loop knows of the function.
    func invoke(
        _ invocation: Invocation, _ known: Known, at index: Int, _ completion: @escaping (InvocationOutcome) -> Void
    ) {
        let endpoint = mappings[index].endpoint
        let function = invocation.function
        guard invocation.payload.readableBytes <= RemoteInvoker.requestLimit else {
            return completion(.rejected(.payloadTooLarge))
        }
        let head: ByteBuffer
        switch makeHead(invocation, known, at: index) {
        case .success(let bytes): head = bytes
        case .failure(let error): return completion(.rejected(.unavailable(reason: error.description)))
        }
        exchange(head, invocation.payload, at: index, timeout: endpoint.limits.timeout) { result in
            completion(RemoteOutcome.outcome(of: result, for: function, at: endpoint))
        }
    }

    /// Asks for a function's configuration with GetFunction; this loop must have connections to the endpoint.
    func getFunction(
        _ function: FunctionARN, at index: Int,
        _ completion: @escaping (Result<HTTPResponse, HTTPExchangeFailure>) -> Void
    ) {
        let endpoint = mappings[index].endpoint
        let request = makeRequest("GET", endpoint.target(of: function, ""), at: endpoint, for: function, headers: [])
        switch request {
        case .success(var request):
            let body = ByteBuffer()
            exchange(
                request.head(for: body, at: clock.now()), body, at: index,
                timeout: RemoteInvoker.getFunctionTimeout, completion)
        case .failure(let error): completion(.failure(.cannotConnect(error.description)))
        }
    }

    private func exchange(
        _ head: ByteBuffer, _ body: ByteBuffer, at index: Int, timeout: Duration,
        _ completion: @escaping (Result<HTTPResponse, HTTPExchangeFailure>) -> Void
    ) {
        guard let pool = pools[index] else { return completion(.failure(.shutDown)) }
        pool.send(
            HTTPExchange(
                head: head, body: body, bodyLimit: RemoteInvoker.responseLimit, timeout: TimeAmount(timeout),
                completion: completion))
    }

    // MARK: Requests

    private func makeHead(
        _ invocation: Invocation, _ known: Known, at index: Int
    ) -> Result<ByteBuffer, CredentialError> {
        if invocation.clientContext == nil,
            let head = known.request?.head(for: invocation.payload, at: clock.now())
        {
            return .success(head)
        }
        let endpoint = mappings[index].endpoint
        var headers = [(name: "content-type", value: "application/json")]
        if let context = invocation.clientContext {
            headers.append(("x-amz-client-context", base64(context.utf8)))
        }
        let made = makeRequest(
            "POST", endpoint.target(of: invocation.function, "/invocations"), at: endpoint, for: invocation.function,
            headers: headers)
        return made.map { request in
            var request = request
            let head = request.head(for: invocation.payload, at: clock.now())
            if invocation.clientContext == nil { known.request = request }
            return head
        }
    }

    private func makeRequest(
        _ method: String, _ target: String, at endpoint: RemoteEndpoint, for function: FunctionARN,
        headers: [(name: String, value: String)]
    ) -> Result<RemoteRequest, CredentialError> {
        var signing: ClientCredentials?
        if endpoint.credentials != .unsigned {
            switch credentials[endpoint.credentials] {
            case .available(let credentials): signing = credentials
            case .missing(let error): return .failure(error)
            case nil: return .failure(CredentialError("credentials have not been looked for yet"))
            }
        }
        do {
            return .success(
                try RemoteRequest(
                    method, target, to: endpoint, region: endpoint.region(of: function), headers: headers,
                    credentials: signing))
        } catch {
            return .failure(CredentialError("the request cannot be signed: \(error)"))
        }
    }
}

private func base64(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var output: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
        bits = bits << 8 | UInt32(byte)
        count += 8
        while count >= 6 {
            count -= 6
            output.append(digits[Int(bits >> UInt32(count) & 63)])
        }
        bits &= (1 << UInt32(count)) - 1
    }
    if count > 0 { output.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
    while output.count % 4 != 0 { output.append(UInt8(ascii: "=")) }
    return String(decoding: output, as: UTF8.self)
}
