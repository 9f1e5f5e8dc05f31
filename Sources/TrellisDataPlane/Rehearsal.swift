package import NIOCore
package import NIOHTTP1
import TrellisLambdaEvent
package import TrellisModel

/// What the data plane makes of a request's or a function's bytes, without connection, service or function.
///
/// For tools that show it. Everything is decided by the code that serves traffic.
package struct Rehearsal: Sendable {
    package var limits = DataPlaneLimits()

    package init() {}

    /// The decoder that a connection has.
    package func requestDecoder() -> ByteToMessageHandler<HTTPRequestDecoder> {
        .requests(limits)
    }

    /// Checks a decoded request as a connection does.
    ///
    /// - Parameters:
    ///   - head: Gets its target in origin form and its header values without surrounding blanks.
    ///   - bodyBytes: The length of the body without transfer coding.
    package func check(_ head: inout HTTPRequestHead, bodyBytes: Int) throws(Failure) {
        do {
            _ = try RequestFacts(inspecting: &head, limits: limits)
        } catch {
            throw .malformed(error)
        }
        guard bodyBytes <= limits.bodyBytes else { throw .bodyTooLarge }
    }

    /// The failure that an error of the decoder means.
    package func failure(decoding error: any Error) -> Failure? {
        Failure(decoding: error)
    }

    /// Makes the response to a request whose function answered with `payload`.
    ///
    /// - Returns: Status line, header lines, blank line and body as they are written to the connection.
    /// - Throws: ``Failure/malformedResponse(_:)`` or ``Failure/responseTooLarge``.
    package func response(
        to payload: ByteBuffer, method: String, requestID: String, at time: Timestamp
    ) throws(Failure) -> ByteBuffer {
        let answer = try Answer(functionResponse: payload)
        var date = HTTPDate()
        let frame = ResponseFrame(
            requestID: requestID, date: date.text(at: time), connection: nil,
            framing: ResponseFraming(
                method: method, statusCode: answer.status, bodyLength: answer.body.readableBytes),
            showsDetail: false)
        var bytes = ByteBuffer()
        bytes.writeResponse(answer, in: frame)
        return bytes
    }
}

extension ByteToMessageHandler where Decoder == HTTPRequestDecoder {
    static func requests(_ limits: DataPlaneLimits) -> ByteToMessageHandler {
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = limits.headerBlockBytes
        decoderLimits.maxHeaderListSize = limits.headerBlockBytes
        decoderLimits.maxHeaderFieldCount = limits.headerCount
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: decoderLimits))
    }
}
