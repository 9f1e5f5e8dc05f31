public import NIOCore

/// An HTTP request on its way into an event.
public struct LambdaEventRequest: Sendable {
    /// As sent: `GET`, but also any custom method.
    public var method: String
    /// The request target as sent, query included and nothing decoded: `/orders?state=open`.
    public var target: String
    /// What the function shall see; compose them with ``ForwardedHeaders`` to get the headers that Lattice adds.
    public var headers: HeaderList
    /// The whole body without transfer coding, but with its content coding, such as gzip.
    public var body: ByteBuffer

    /// Takes a request apart from its transport.
    ///
    /// - Parameters:
    ///   - method: The method as sent.
    ///   - target: The request target as sent.
    ///   - headers: Lines in order of appearance. An array is taken over without a copy, NIOHTTP1's `HTTPHeaders` costs
    ///     one array.
    ///   - body: The whole body.
    @inlinable
    public init(
        method: String, target: String, headers: some Sequence<(name: String, value: String)>,
        body: ByteBuffer = ByteBuffer()
    ) {
        self.method = method
        self.target = target
        self.headers = HeaderList(headers)
        self.body = body
    }
}
