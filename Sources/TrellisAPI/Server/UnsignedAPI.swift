package import NIOCore

/// A request that names no caller by SigV4.
package struct UnsignedRequest: Sendable {
    package var head: RequestHead
    package var body: ByteBuffer
    package var requestID: String

    package init(head: RequestHead, body: ByteBuffer, requestID: String) {
        self.head = head
        self.body = body
        self.requestID = requestID
    }
}

/// An API that some requests reach with a proof of their own instead of a SigV4 signature: the token of an identity
/// provider, or a certificate.
package protocol UnsignedAPI: AWSAPI {
    /// Whether a request may be one of these, by its head alone.
    func takes(_ head: RequestHead) -> Bool

    /// - Returns: `nil` for a request that needs a signature after all.
    func respond(to request: UnsignedRequest) async -> APIResponse?
}
