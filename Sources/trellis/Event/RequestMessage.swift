import NIOCore
import NIOEmbedded
import NIOHTTP1
import TrellisDataPlane

/// A request as bytes: what a client would send, without transfer coding.
struct RequestMessage: Equatable {
    var requestLine: String
    /// Without line ends, as sent.
    var headerLines: [[UInt8]]
    var body: ByteBuffer
    /// Where the message begins in its input, counted from 1; `nil` for one that was put together from options.
    var firstLine: Int?
}

/// Bytes that are no request: what is wrong, and what the client of a service would get for them.
struct RejectedRequest: Error {
    var problem: String
    /// Line of the message, counted from 1.
    var line: Int?
    var failure: Failure
}

extension RequestMessage {
    /// Takes the message through the decoder and the checks of the data plane.
    func rehearsed(_ rehearsal: Rehearsal = Rehearsal()) throws(RejectedRequest) -> HTTPRequestHead {
        let (head, failure) = Self.decode(headBytes(headerLines), rehearsal)
        guard var head else {
            throw rejected(failure ?? .malformed(.syntax), decodesAlone: decodesAlone(rehearsal))
        }
        do {
            try rehearsal.check(&head, bodyBytes: body.readableBytes)
        } catch {
            throw rejected(error, decodesAlone: true)
        }
        return head
    }

    private func headBytes(_ lines: [[UInt8]]) -> ByteBuffer {
        var bytes = ByteBuffer(string: requestLine + "\r\n")
        for line in lines {
            bytes.writeBytes(line)
            bytes.writeStaticString("\r\n")
        }
        bytes.writeStaticString("\r\n")
        return bytes
    }

    /// Whether the request line is good, so that the fault lies in the header lines.
    private func decodesAlone(_ rehearsal: Rehearsal) -> Bool {
        Self.decode(headBytes([Array("Host: a".utf8)]), rehearsal).0 != nil
    }

    private static func decode(_ bytes: ByteBuffer, _ rehearsal: Rehearsal) -> (HTTPRequestHead?, Failure?) {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        do {
            try channel.pipeline.syncOperations.addHandler(rehearsal.requestDecoder())
            try channel.writeInbound(bytes)
            guard case .head(let head) = try channel.readInbound(as: HTTPServerRequestPart.self) else {
                return (nil, nil)
            }
            return (head, nil)
        } catch {
            return (nil, rehearsal.failure(decoding: error))
        }
    }

    private func rejected(_ failure: Failure, decodesAlone: Bool) -> RejectedRequest {
        let line = line(of: failure, decodesAlone: decodesAlone)
        var problem = failure.row.text
        if failure == .malformed(.syntax), !decodesAlone {
            problem = "the method or the target of '\(requestLine)' is not taken"
        } else if failure == .malformed(.host), !headerLines.contains(where: Self.isHost) {
            problem = "there is no Host header: add a line such as 'Host: orders.example'"
        } else if failure == .bodyTooLarge {
            problem = "the body has \(body.readableBytes) bytes; 6 MB (6291456 bytes) is the most for a Lambda target"
        }
        return RejectedRequest(problem: problem, line: line, failure: failure)
    }

    private func line(of failure: Failure, decodesAlone: Bool) -> Int? {
        guard let firstLine else { return nil }
        switch failure {
        case .malformed(.syntax), .malformed(.version), .malformed(.target), .malformed(.connect):
            return decodesAlone && failure == .malformed(.syntax) ? nil : firstLine
        case .malformed(.host):
            return headerLines.lastIndex(where: Self.isHost).map { firstLine + 1 + $0 }
        default:
            return nil
        }
    }

    private static func isHost(_ line: [UInt8]) -> Bool {
        String(decoding: line.prefix(5), as: UTF8.self).lowercased() == "host:"
    }
}
