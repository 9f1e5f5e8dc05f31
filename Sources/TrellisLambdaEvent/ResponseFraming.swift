/// How much of a response's body goes to the client.
///
/// - Source: reference "Function response", HEAD, 204 and 304; RFC 9110, sections 8.6, 9.3.2, 15.3.5 and 15.4.5.
public struct ResponseFraming: Hashable, Sendable {
    /// Whether the body's bytes are sent.
    public var sendsBody: Bool
    /// The `content-length` to send, `nil` for none.
    public var contentLength: Int?

    /// - Parameters:
    ///   - method: The request's. A HEAD response has the length that the body would have had.
    ///   - statusCode: 204 and 304 have neither body nor length, whatever the method.
    ///   - bodyLength: The decoded body's bytes.
    public init(method: String, statusCode: Int, bodyLength: Int) {
        let isBodiless = statusCode == 204 || statusCode == 304
        sendsBody = !isBodiless && method != "HEAD"
        contentLength = isBodiless ? nil : bodyLength
    }
}
