import NIOCore
import TrellisModel
import TrellisSignature

/// The request for one function at its endpoint, made once and completed for each call.
struct RemoteRequest {
    /// Request line and the headers that never change.
    private let start: ByteBuffer
    private var signer: RepeatedRequestSigner?

    /// - Parameters:
    ///   - credentials: `nil` for an endpoint that takes unsigned calls.
    ///   - headers: Signed beside `host`.
    init(
        _ method: String, _ target: String, to endpoint: RemoteEndpoint, region: Region,
        headers: [(name: String, value: String)], credentials: ClientCredentials?
    ) throws(RequestSigningError) {
        let headers = [(name: "host", value: endpoint.origin.authority)] + headers
        var start = ByteBuffer(string: "\(method) \(target) HTTP/1.1\r\n")
        for header in headers { start.writeString("\(header.name): \(header.value)\r\n") }
        self.start = start
        if let credentials {
            signer = try RepeatedRequestSigner(
                SignableRequest(method: method, target: target, headers: headers),
                signer: RequestSigner(credentials: credentials, region: region.rawValue, service: "lambda"))
        }
    }

    /// - Returns: Everything before the body.
    mutating func head(for body: ByteBuffer, at time: Timestamp) -> ByteBuffer {
        let time = SigningTime(secondsSinceEpoch: time.millisecondsSinceEpoch / 1000)
        let signature = body.withUnsafeReadableBytes { signer?.sign(body: $0, at: time) } ?? []
        // Enough for the length line too.
        var head = ByteBufferAllocator().buffer(capacity: start.readableBytes + signature.count + 64)
        head.writeImmutableBuffer(start)
        head.writeBytes(signature)
        head.writeStaticString("content-length: ")
        head.writeString(String(body.readableBytes))
        head.writeStaticString("\r\n\r\n")
        return head
    }
}

extension RemoteEndpoint {
    func region(of function: FunctionARN) -> Region { region ?? function.scope.region }

    /// `/2015-03-31/functions/{name or ARN}[/invocations][?Qualifier=…]`.
    func target(of function: FunctionARN, _ operation: String) -> String {
        let base = "\(origin.basePath)/2015-03-31/functions"
        if let functionName { return "\(base)/\(PercentEncoding.encoded(functionName))\(operation)" }
        let scope = Scope(account: account ?? function.scope.account, region: region(of: function))
        let there = FunctionARN(scope: scope, name: function.name)
        let query = function.qualifier.map { "?Qualifier=\(PercentEncoding.encoded($0.description))" } ?? ""
        return "\(base)/\(PercentEncoding.encoded(there.description))\(operation)\(query)"
    }
}
