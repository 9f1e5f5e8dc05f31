import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
package import TrellisModel
import TrellisSignature

/// The one port that answers all AWS APIs, chosen by the signing name in the Authorization header.
package struct APIServer: Service {
    package struct Configuration: Sendable {
        package var host: String
        /// 0 takes a free port.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    private let configuration: Configuration
    private let dispatcher: APIDispatcher
    private let logger: Logger
    private let onRunning: @Sendable (_ port: Int) async -> Void

    /// - Parameter onRunning: Told the bound port once the socket listens.
    package init(
        configuration: Configuration, dispatcher: APIDispatcher, logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.logger = logger
        self.onRunning = onRunning
    }

    package func run() async throws {
        let dispatcher = self.dispatcher
        let onRunning = self.onRunning
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let responder = CallbackResponder<APIRequestContext> { request, context in
            await dispatcher.respond(to: request, from: context.client)
        }
        let application = Application(
            responder: responder,
            // An SDK that stops in the middle of a request must not hold a connection for ever.
            server: HTTPServerBuilder { responder in
                LoopBoundChannel(
                    base: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: .seconds(60))))
            },
            configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(loops),
            logger: logger)
        do {
            try await application.run()
        } catch {
            try? await loops.shutdownGracefully()
            throw error
        }
        try await loops.shutdownGracefully()
    }
}

/// What is known of a request's connection.
struct APIRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// `nil` where the connection does not say.
    let client: IPAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        client = source.channel.remoteAddress?.ipAddress.flatMap(IPAddress.init)
    }
}

/// From a raw HTTP request to the API it is signed for, and back.
package struct APIDispatcher: Sendable {
    private let apis: [String: any AWSAPI]
    private let unsignedAPIs: [any UnsignedAPI]
    private let authenticator: APIAuthenticator
    private let random: any RandomSource
    private let settle: @Sendable () async -> Void
    private let logger: Logger

    /// - Parameter settle: Waited for after every answer to a request that may have changed something, so that
    ///   traffic and invocations see the change when the caller does.
    package init(
        apis: [any AWSAPI], authenticator: APIAuthenticator, random: any RandomSource, logger: Logger,
        settle: @escaping @Sendable () async -> Void
    ) {
        self.apis = Dictionary(apis.map { ($0.signingName, $0) }, uniquingKeysWith: { first, _ in first })
        unsignedAPIs = apis.compactMap { $0 as? any UnsignedAPI }
        self.authenticator = authenticator
        self.random = random
        self.logger = logger
        self.settle = settle
    }

    func respond(to request: Request, from client: IPAddress?) async -> Response {
        let requestID = random.uuid()
        let answer = await answer(to: request, from: client, requestID: requestID)
        logger.debug(
            "API call answered",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(answer.status)",
                "requestId": "\(requestID)",
            ])
        return response(answer, requestID: requestID)
    }

    private func answer(to request: Request, from client: IPAddress?, requestID: String) async -> APIResponse {
        let head = RequestHead(request, from: client)
        let signingName = head.authorization?.scope.service
        guard let api = signingName.flatMap({ apis[$0] }) else {
            if let answer = await answerUnsigned(request, head, requestID: requestID) { return answer }
            return JSONErrorRendering.render(refusal(signingName: signingName, head))
        }
        do {
            let limit = api.bodyLimit(method: head.method, path: head.path)
            let body = try await collect(request, limit: limit)
            let caller = try authenticator.authenticate(head, body: body, signingName: api.signingName)
            let answer = await api.respond(
                to: AuthenticatedRequest(
                    method: head.method, path: head.path, query: head.query, headers: head.headers, body: body,
                    caller: caller, requestID: requestID, client: client))
            if head.method != "GET" { await settle() }
            return answer
        } catch let error as APIError {
            return api.render(error, requestID: requestID)
        } catch let error as ProtocolError {
            return api.refuse(error, requestID: requestID)
        } catch {
            logger.info(
                "API request ended early", metadata: ["requestId": "\(requestID)", "error": "\(error)"])
            return api.render(
                APIError("RequestAbortedException", status: 400, message: "The request ended before its body."),
                requestID: requestID)
        }
    }

    /// Answers requests that prove in another way who sends them.
    ///
    /// They change nothing that traffic or invocations depend on.
    private func answerUnsigned(_ request: Request, _ head: RequestHead, requestID: String) async -> APIResponse? {
        guard let api = unsignedAPIs.first(where: { $0.takes(head) }) else { return nil }
        do {
            let body = try await collect(request, limit: api.bodyLimit(method: head.method, path: head.path))
            return await api.respond(to: UnsignedRequest(head: head, body: body, requestID: requestID))
                ?? api.render(authenticator.failure(of: head), requestID: requestID)
        } catch let error as ProtocolError {
            return api.refuse(error, requestID: requestID)
        } catch {
            return nil
        }
    }

    /// Reads the body, at most `limit` bytes.
    private func collect(_ request: Request, limit: Int) async throws -> ByteBuffer {
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard declared <= limit else { throw ProtocolError.bodyTooLarge(limit: limit) }
        do {
            return try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw ProtocolError.bodyTooLarge(limit: limit)
        }
    }

    /// Without a signature, or signed for something that Trellis does not answer.
    private func refusal(signingName: String?, _ head: RequestHead) -> APIError {
        guard let signingName else { return authenticator.failure(of: head) }
        let known = apis.keys.sorted().joined(separator: ", ")
        return APIError(
            "UnknownOperationException", status: 404,
            message: "This endpoint answers the APIs \(known); the request is signed for '\(signingName)'.")
    }

    private func response(_ answer: APIResponse, requestID: String) -> Response {
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            guard let name = HTTPField.Name(name) else { continue }
            headers.append(HTTPField(name: name, value: value))
        }
        if let name = HTTPField.Name("x-amzn-requestid") { headers[name] = requestID }
        return Response(status: .init(code: answer.status), headers: headers, body: body(of: answer))
    }

    private func body(of answer: APIResponse) -> ResponseBody {
        guard answer.status != 204 else { return ResponseBody() }
        guard let stream = answer.stream else { return ResponseBody(byteBuffer: answer.body) }
        return ResponseBody { writer in
            try await stream { try await writer.write($0) }
            try await writer.finish(nil)
        }
    }
}

/// The parts of a request that a signature covers, as they came over the wire.
package struct RequestHead: Sendable {
    package let method: String
    /// Path and query, undecoded.
    package let target: String
    package let headers: APIHeaders
    /// The other end of the connection; `nil` if it is not known.
    package let client: IPAddress?
    /// `nil` if the request is not signed in a form that can be read.
    let authorization: AuthorizationHeader?

    package init(method: String, target: String, headers: APIHeaders, client: IPAddress? = nil) {
        self.method = method
        self.target = target
        self.client = client
        self.headers = headers
        authorization = headers["authorization"].flatMap { try? AuthorizationHeader(parsing: $0) }
    }

    init(_ request: Request, from client: IPAddress?) {
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(request.headers.count + 1)
        // The server has moved the Host header to the authority; a signature covers it as a header.
        if let host = request.head.authority { fields.append(("host", host)) }
        for field in request.headers { fields.append((field.name.canonicalName, field.value)) }
        self.init(
            method: request.method.rawValue, target: request.head.path ?? "/", headers: APIHeaders(fields),
            client: client)
    }

    package var path: String {
        String(target.prefix { $0 != "?" })
    }

    package var query: String {
        guard let mark = target.firstIndex(of: "?") else { return "" }
        return String(target[target.index(after: mark)...])
    }
}

/// The error form for requests that name no API of this server.
private enum JSONErrorRendering {
    static func render(_ error: APIError) -> APIResponse {
        var response = APIResponse.json(.object(["message": .string(error.message)]), status: error.status)
        response.headers.append(("x-amzn-errortype", error.type))
        return response
    }
}
