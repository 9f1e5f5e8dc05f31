package import NIOCore
package import NIOSSL
import TrellisSignature

/// A request on a connection of its own, for what is asked seldom: credentials.
package struct HTTPClientRequest: Sendable {
    package var method: String
    package var origin: HTTPOrigin
    /// Path and query below the origin's path.
    package var target: String
    package var headers: [(name: String, value: String)]
    package var body: String

    package init(
        _ method: String, _ origin: HTTPOrigin, _ target: String, headers: [(name: String, value: String)] = [],
        body: String = ""
    ) {
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// - Returns: `nil` if a header or the target would not be one line.
    func head() -> ByteBuffer? {
        var head = ByteBuffer(string: "\(method) \(origin.basePath)\(target) HTTP/1.1\r\nhost: \(origin.authority)\r\n")
        for (name, value) in headers { head.writeString("\(name): \(value)\r\n") }
        head.writeString("content-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n")
        let values = headers.map(\.value) + [target]
        let isSafe = values.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        return isSafe && !target.utf8.contains(0x20) ? head : nil
    }
}

/// Sends single requests; redirects are not followed.
package protocol HTTPRequestSender: Sendable {
    func send(_ request: HTTPClientRequest, timeout: Duration) async throws(HTTPExchangeFailure) -> HTTPResponse
}

/// Each request has a connection of its own, which ends with it.
package struct ConnectingRequestSender: HTTPRequestSender {
    /// Of an answer.
    private static let bodyLimit = 262_144

    private let eventLoopGroup: any EventLoopGroup
    private let tls: NIOSSLContext

    package init(eventLoopGroup: any EventLoopGroup, tls: NIOSSLContext) {
        self.eventLoopGroup = eventLoopGroup
        self.tls = tls
    }

    package func send(
        _ request: HTTPClientRequest, timeout: Duration
    ) async throws(HTTPExchangeFailure) -> HTTPResponse {
        guard let head = request.head() else { throw .notHTTP(.malformed("the request has a line break")) }
        let eventLoop = eventLoopGroup.next()
        let tls = request.origin.isSecure ? tls : nil
        let result: Result<HTTPResponse, HTTPExchangeFailure>? = try? await eventLoop.flatSubmit {
            let promise = eventLoop.makePromise(of: Result<HTTPResponse, HTTPExchangeFailure>.self)
            HTTPConnection.open(
                to: request.origin, tls: tls, connectTimeout: TimeAmount(timeout), on: eventLoop,
                setUp: { connection in
                    var isSent = false
                    connection.becameIdle = { [unowned connection] in
                        guard !isSent else { return connection.close() }
                        isSent = true
                        connection.send(
                            HTTPExchange(
                                head: head, body: ByteBuffer(string: request.body), bodyLimit: Self.bodyLimit,
                                timeout: TimeAmount(timeout), completion: { promise.succeed($0) }))
                    }
                    connection.becameClosed = { if !isSent { promise.succeed(.failure($0)) } }
                }, failed: { promise.succeed(.failure($0)) })
            return promise.futureResult
        }.get()
        return try (result ?? .failure(.shutDown)).get()
    }
}
