public import NIOCore

/// A function's answer as an HTTP response.
public struct LambdaResponse: Sendable {
    /// 200 to 599.
    public var statusCode: Int
    /// The function's headers in its order and spelling, one element per line.
    ///
    /// Hop-by-hop headers and `content-length` are gone. Names are tokens, values hold no control characters but tabs.
    public var headers: HeaderList
    /// The decoded body; it shares the memory of the function's document where nothing had to be decoded.
    public var body: ByteBuffer

    /// A response as given; nothing is checked.
    public init(statusCode: Int, headers: HeaderList = [], body: ByteBuffer = ByteBuffer()) {
        self.statusCode = statusCode
        self.headers = headers
        self.body = body
    }
}
