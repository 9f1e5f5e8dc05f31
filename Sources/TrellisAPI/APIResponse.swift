package import NIOCore

/// What an operation answers; the server adds `x-amzn-requestid`.
package struct APIResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: ByteBuffer
    /// Takes the place of `body`: called once, when the head is on its way.
    package var stream: BodyStream?

    /// Writes a body of unknown length; `write` returns when the client is ready for more.
    ///
    /// What it throws cuts the response off.
    package typealias BodyStream = @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void

    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: ByteBuffer = ByteBuffer(),
        stream: BodyStream? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.stream = stream
    }

    package static func json(_ value: JSONValue, status: Int = 200) -> APIResponse {
        json(encoded: value.encoded(), status: status)
    }

    /// - Parameter encoded: A JSON document.
    package static func json(encoded: [UInt8], status: Int) -> APIResponse {
        APIResponse(
            status: status, headers: [("content-type", "application/json")], body: ByteBuffer(bytes: encoded))
    }

    /// No body, for example 204.
    package static func empty(status: Int) -> APIResponse {
        APIResponse(status: status)
    }
}

/// An error as it goes over the wire: its name, status and members.
package struct APIError: Error, Sendable {
    /// The shape's name, for example `ResourceNotFoundException`.
    package var type: String
    package var status: Int
    package var message: String
    /// Members of the body besides the message.
    package var members: [String: JSONValue]
    package var headers: [(name: String, value: String)]
    /// How the body spells the message member: Lambda's ResourceNotFoundException says `Message`.
    package var messageKey: String

    package init(
        _ type: String, status: Int, message: String, members: [String: JSONValue] = [:],
        headers: [(name: String, value: String)] = [], messageKey: String = "message"
    ) {
        self.type = type
        self.status = status
        self.message = message
        self.members = members
        self.headers = headers
        self.messageKey = messageKey
    }
}

/// What the protocol layer itself refuses, before an operation sees the request.
package enum ProtocolError: Error, Hashable {
    case unknownOperation(method: String, path: String)
    case bodyTooLarge(limit: Int)
    /// The body is not JSON, or not an object.
    case malformedBody(reason: String)
    /// The path or the query holds a broken percent sequence.
    case malformedTarget
}
