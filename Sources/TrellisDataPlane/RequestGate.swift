import NIOCore

/// Lets a connection's bytes through to the HTTP decoder in slices, and only while the next request is wanted.
///
/// What is read while a request is being served waits here, at most one read of the socket; then nothing more is read.
/// So pipelined requests are decoded a few at a time, however many arrive together.
final class RequestGate: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private enum Mode {
        case open
        case held
        /// Bytes are counted and thrown away.
        case discarding
    }

    /// The most that is decoded between two questions whether more is wanted, in bytes.
    static let sliceBytes = 4096
    /// The most that is kept while held, in bytes; only the end of a connection can bring more than one read.
    static let heldBytes = 262_144

    private var mode = Mode.open
    private var waiting = ByteBuffer()
    private var inputClosed = false
    private var isFeeding = false
    private var readIsDue = false
    private var context: ChannelHandlerContext?
    private var blankLines = BlankLines()
    /// Of the body under way if it is chunked.
    private var chunkSizes: ChunkSizes?

    /// What went to the decoder so far.
    private(set) var bytesPassed = 0
    /// What was thrown away so far.
    private(set) var bytesDiscarded = 0

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    // MARK: For the connection's handler

    /// Stops decoding and reading after the slice under way.
    func hold() {
        if mode == .open { mode = .held }
    }

    /// Goes on with what waits, then with reading.
    func release() {
        guard mode == .held else { return }
        mode = .open
        feed()
        readIfDue()
    }

    /// The head of a request has been decoded; a slice never has anything behind it.
    func headPassed(isChunked: Bool) {
        chunkSizes = isChunked ? ChunkSizes() : nil
    }

    /// Throws away what waits and what still comes.
    func discard() {
        mode = .discarding
        bytesDiscarded += waiting.readableBytes
        waiting.clear()
        readIfDue()
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        guard mode != .discarding else {
            bytesDiscarded += buffer.readableBytes
            return
        }
        if waiting.readableBytes == 0 {
            waiting = buffer
        } else if waiting.readableBytes + buffer.readableBytes <= Self.heldBytes {
            waiting.writeBuffer(&buffer)
        } else {
            // The client has closed, having sent more than it may expect to be answered.
            discard()
            bytesDiscarded += buffer.readableBytes
            context.close(promise: nil)
        }
        feed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        inputClosed = true
        if mode == .discarding {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            feed()
        }
    }

    private func feed() {
        guard !isFeeding, let context else { return }
        isFeeding = true
        defer { isFeeding = false }
        while mode == .open, waiting.readableBytes > 0 {
            guard let slice = nextSlice() else { break }
            bytesPassed += slice.readableBytes
            guard hasAcceptableSizes(slice) else {
                context.fireErrorCaught(Malformation.syntax)
                break
            }
            context.fireChannelRead(wrapInboundOut(slice))
        }
        if mode == .open, inputClosed {
            inputClosed = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    /// At most so much, and not beyond the next blank line.
    private func nextSlice() -> ByteBuffer? {
        let start = waiting.readerIndex
        let most = min(Self.sliceBytes, waiting.readableBytes)
        let view = waiting.readableBytesView[start..<start + most]
        let slice = waiting.readSlice(length: blankLines.nextEnd(in: view).map { $0 - start } ?? most)
        if waiting.readableBytes == 0 { waiting = ByteBuffer() }
        return slice
    }

    private func hasAcceptableSizes(_ slice: ByteBuffer) -> Bool {
        guard chunkSizes?.areAcceptable(in: slice.readableBytesView) ?? true else { return false }
        if chunkSizes?.isOver == true { chunkSizes = nil }
        return true
    }

    // MARK: Outbound

    func read(context: ChannelHandlerContext) {
        // One read may be ahead: to stop and start for every request would cost two system calls each.
        if mode == .held, waiting.readableBytes > 0 {
            readIsDue = true
        } else {
            context.read()
        }
    }

    private func readIfDue() {
        guard readIsDue, mode != .held, let context else { return }
        readIsDue = false
        context.read()
    }
}
