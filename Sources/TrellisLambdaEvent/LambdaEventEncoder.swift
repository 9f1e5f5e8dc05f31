public import NIOCore
public import TrellisModel

/// Turns requests into the JSON events that functions behind a LAMBDA target group receive.
///
/// ```swift
/// let encoder = LambdaEventEncoder(version: .v2)
/// let event = try encoder.encode(request, context: context)
/// ```
///
/// An event is written into one buffer, in one pass over the body, which is never copied on the way. Members, their
/// order and every rule follow the reference: "Event V2", "Event V1", "Base64 of the request body". Duplicate header
/// names and query keys become one member at the place of their first appearance.
public struct LambdaEventEncoder: Sendable {
    /// The largest value that ``maximumEventBytes`` takes: 1 GiB.
    private static let largestMaximum = 1 << 30

    /// The structure that events get.
    public var version: EventStructureVersion
    /// The size in bytes above which an event is refused.
    public let maximumEventBytes: Int

    /// - Parameters:
    ///   - version: The target group's event structure version.
    ///   - maximumEventBytes: 0 to 1 GiB, values outside are brought into that range. By default what Lambda accepts.
    public init(version: EventStructureVersion, maximumEventBytes: Int = LambdaPayloadLimits.eventBytes) {
        self.version = version
        self.maximumEventBytes = min(max(0, maximumEventBytes), Self.largestMaximum)
    }

    /// Encodes one request.
    ///
    /// - Parameters:
    ///   - request: With the headers as the function shall see them.
    ///   - context: Used by V2 only; V1 functions learn it from the `x-amzn-lattice-*` headers.
    ///   - allocator: Where the one output buffer comes from.
    /// - Returns: UTF-8 JSON without insignificant white space.
    /// - Throws: ``LambdaEventError/tooLarge(limit:)``; the client can mend it with a smaller request.
    public func encode(
        _ request: LambdaEventRequest, context: LambdaEventContext,
        allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) throws(LambdaEventError) -> ByteBuffer {
        try encodeNotingBody(request, context: context, allocator: allocator).event
    }

    /// Encodes one request and tells how its body was written.
    func encodeNotingBody(
        _ request: LambdaEventRequest, context: LambdaEventContext, allocator: ByteBufferAllocator
    ) throws(LambdaEventError) -> (event: ByteBuffer, body: BodyEncoding) {
        let size = EventSize(of: request)
        guard size.least <= maximumEventBytes else { throw .tooLarge(limit: maximumEventBytes) }
        var event = allocator.buffer(capacity: size.expected)
        try write(expecting: size.head, to: &event) { head in
            switch version {
            case .v1: writeHeadV1(request, to: &head)
            case .v2: writeHeadV2(request, to: &head)
            }
        }
        let body = try writeBody(request.body, declared: size.declaredBody, to: &event)
        try write(expecting: EventSize.tail, to: &event) { tail in
            switch version {
            case .v1: writeTailV1(isBase64: body.isBase64, to: &tail)
            case .v2: writeTailV2(isBase64: body.isBase64, context, to: &tail)
            }
        }
        return (event, body)
    }

    private func write(
        expecting size: Int, to event: inout ByteBuffer, _ write: (inout JSONCursor) -> Void
    ) throws(LambdaEventError) {
        guard event.writeJSON(expecting: size, limit: maximumEventBytes - event.readableBytes, write) else {
            throw .tooLarge(limit: maximumEventBytes)
        }
    }
}

/// Why a request has no event.
public enum LambdaEventError: Error, Hashable, Sendable {
    /// The event would be larger than `limit` bytes.
    case tooLarge(limit: Int)
}

/// How many bytes an event takes, judged by the lengths of its parts alone.
private struct EventSize {
    /// Everything after the body, with ARNs of ordinary length.
    static let tail = 1024
    /// Member names and punctuation before the body.
    private static let frame = 128
    private static let perHeader = 8

    let declaredBody: DeclaredBody
    /// Everything before the body, without unusual characters.
    let head: Int
    /// What no event of the request can be smaller than.
    let least: Int
    /// The whole event, without unusual characters.
    let expected: Int

    init(of request: LambdaEventRequest) {
        var names = 0
        var values = request.target.utf8.count
        var contentType: String?
        for (name, value) in request.headers {
            names += name.utf8.count + Self.perHeader
            values += value.utf8.count
            if contentType == nil, FieldName.equals(name, "content-type") { contentType = value }
        }
        let body = request.body.readableBytes
        declaredBody = DeclaredBody(contentType: contentType)
        let isText = declaredBody == .text
        head = names + values + request.target.utf8.count + Self.frame
        least = values + (isText ? body : Base64Encoding.encodedLength(of: body))
        expected = least - values + head + Self.tail + (isText ? body / 8 : 0)
    }
}
