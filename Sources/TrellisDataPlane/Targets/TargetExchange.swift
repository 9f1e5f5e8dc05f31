import NIOCore
import NIOHTTP1
import TrellisRouting

/// What goes to a target before the body.
struct TargetRequest {
    /// In the form of HTTP/1.1: origin form, `Host`, and the lines that frame the body.
    var head: HTTPRequestHead
    /// Whether sending it twice is the same as sending it once.
    ///
    /// - Source: RFC 9110, section 9.2.2.
    var isIdempotent: Bool {
        switch head.method {
        case .GET, .HEAD, .OPTIONS, .TRACE, .PUT, .DELETE: true
        default: false
        }
    }
}

/// Why a target did not answer, or did not answer to the end.
enum TargetFailure: Error, Hashable {
    /// No connection: refused, unreachable, not in time, or no TLS.
    case cannotConnect(String)
    /// The connection, or the stream, ended too early.
    case connectionClosed
    /// The target has said that it has not begun with the request.
    case refused
    /// What it says is not the protocol that its group asks for.
    case protocolError(String)
}

/// Gets what a target answers, on the event loop of the exchange.
protocol TargetResponseReceiver: AnyObject {
    /// An interim response, status 100 to 199.
    func targetInformed(_ head: HTTPResponseHead)
    func targetBegan(_ head: HTTPResponseHead)
    func targetSent(_ bytes: ByteBuffer)
    /// Nothing comes after it.
    func targetEnded(_ trailers: HTTPHeaders?)
    /// Nothing comes after it.
    func targetFailed(_ failure: TargetFailure)
    /// What came so far is all for the moment.
    func targetPaused()
    /// Whether the target takes more of the request has changed.
    func targetBlockingChanged()
}

/// The target's side of an exchange: an HTTP/1.1 connection, or a stream of an HTTP/2 connection.
protocol TargetCarrier: AnyObject {
    var isWritable: Bool { get }
    func write(_ part: HTTPClientRequestPart)
    func flush()
    /// Whether more of the response is wanted.
    func setReading(_ isReading: Bool)
    /// Nobody wants the response any more.
    func abandon()
}

/// One request with a target: its parts go out, as soon as there is a connection; the parts of the response come back.
///
/// Sent a second time only if a connection that had been waiting was found closed, so that the target cannot have seen
/// the request, or may see it twice: nothing of a body was sent, nothing of a response came, and the method is idempotent.
///
/// Used on one event loop.
final class TargetExchange {
    let request: TargetRequest
    let endpoint: TargetEndpoint
    /// Where a connection that is made for it counts.
    let tally: TargetConnectionTally?
    private weak var receiver: (any TargetResponseReceiver)?
    private weak var pools: TargetPools?
    private var carrier: (any TargetCarrier)?
    /// What is to be sent when there is a connection.
    private var pending = CircularBuffer<HTTPClientRequestPart>(initialCapacity: 0)
    private var isReading = true
    private var wasReused = false
    /// Whether there was a connection for it.
    private(set) var hasSentHead = false
    private var hasSentBody = false
    private var end: HTTPClientRequestPart?
    private var hasResponse = false
    private var hasBeenRepeated = false
    private(set) var isOver = false

    init(
        _ request: TargetRequest, to endpoint: TargetEndpoint, by pools: TargetPools,
        countingAt tally: TargetConnectionTally? = nil, receiver: any TargetResponseReceiver
    ) {
        self.tally = tally
        self.request = request
        self.endpoint = endpoint
        self.pools = pools
        self.receiver = receiver
    }

    /// Whether the target takes nothing more of the request for the moment.
    var isBlocked: Bool { carrier.map { !$0.isWritable } ?? true }

    // MARK: The request

    func begin() {
        pools?.carry(self, onFreshConnection: false)
    }

    func send(_ bytes: ByteBuffer) {
        write(.body(.byteBuffer(bytes)))
    }

    func finish(_ trailers: HTTPHeaders?) {
        let end = HTTPClientRequestPart.end(trailers)
        self.end = end
        write(end)
    }

    func flush() { carrier?.flush() }

    private func write(_ part: HTTPClientRequestPart) {
        guard !isOver else { return }
        guard let carrier else {
            pending.append(part)
            return
        }
        if case .body = part { hasSentBody = true }
        carrier.write(part)
    }

    // MARK: The response

    func setReading(_ isReading: Bool) {
        guard isReading != self.isReading else { return }
        self.isReading = isReading
        carrier?.setReading(isReading)
    }

    /// Nobody wants the response any more.
    func cancel() {
        guard !isOver else { return }
        isOver = true
        receiver = nil
        pending.removeAll()
        let carrier = carrier
        self.carrier = nil
        carrier?.abandon()
    }

    // MARK: For the carrier

    /// - Parameter isReused: Whether the connection had been waiting for something to do.
    func attach(_ carrier: any TargetCarrier, isReused: Bool) {
        self.carrier = carrier
        wasReused = isReused
        hasSentHead = true
        carrier.setReading(isReading)
        carrier.write(.head(request.head))
        while let part = pending.popFirst() { write(part) }
        carrier.flush()
        if carrier.isWritable { receiver?.targetBlockingChanged() }
    }

    func informed(_ head: HTTPResponseHead) {
        hasResponse = true
        receiver?.targetInformed(head)
    }

    func began(_ head: HTTPResponseHead) {
        hasResponse = true
        receiver?.targetBegan(head)
    }

    func received(_ bytes: ByteBuffer) { receiver?.targetSent(bytes) }

    func paused() { receiver?.targetPaused() }

    func blockingChanged() { receiver?.targetBlockingChanged() }

    func ended(_ trailers: HTTPHeaders?) {
        guard !isOver else { return }
        isOver = true
        carrier = nil
        receiver?.targetEnded(trailers)
    }

    func failed(_ failure: TargetFailure) {
        guard !isOver else { return }
        carrier = nil
        guard mayBeRepeated(after: failure) else {
            isOver = true
            pending.removeAll()
            receiver?.targetFailed(failure)
            return
        }
        hasBeenRepeated = true
        pending.removeAll()
        if let end { pending.append(end) }
        pools?.carry(self, onFreshConnection: true)
    }

    private func mayBeRepeated(after failure: TargetFailure) -> Bool {
        guard !hasBeenRepeated, !hasResponse, !hasSentBody else { return false }
        switch failure {
        case .refused: return true
        case .connectionClosed: return wasReused && request.isIdempotent
        case .cannotConnect, .protocolError: return false
        }
    }
}
