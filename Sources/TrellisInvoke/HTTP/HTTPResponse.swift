package import NIOCore

/// What is needed of an HTTP response.
package struct HTTPResponse: Hashable, Sendable {
    package var status: Int
    /// Names in lower case, in the order received.
    package var headers: [(name: String, value: String)]
    package var body: ByteBuffer
    /// Whether the connection may carry another request.
    package var keepsAlive: Bool

    package init(status: Int, headers: [(name: String, value: String)], body: ByteBuffer, keepsAlive: Bool) {
        self.status = status
        self.headers = headers
        self.body = body
        self.keepsAlive = keepsAlive
    }

    /// - Parameter name: In lower case.
    /// - Returns: The value of its first line.
    package subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    package static func == (left: HTTPResponse, right: HTTPResponse) -> Bool {
        left.status == right.status && left.body == right.body && left.keepsAlive == right.keepsAlive
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(body)
    }
}

/// Why bytes from a server are no response.
package enum HTTPResponseError: Error, Hashable, Sendable {
    case malformed(String)
    case headTooLarge
    /// More body than the caller takes.
    case bodyTooLarge
    /// The connection ended before the response did.
    case incomplete
}
