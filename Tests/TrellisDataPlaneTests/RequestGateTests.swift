import NIOCore
import NIOEmbedded
import Testing

@testable import TrellisDataPlane

@Suite struct RequestGateTests {
    /// Takes what the gate lets through, and may hold it after some slices.
    private final class Taker: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let gate: RequestGate
        var slices: [Int] = []
        var hasSeenEnd = false
        var holdsAfter = Int.max

        init(_ gate: RequestGate) {
            self.gate = gate
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            slices.append(unwrapInboundIn(data).readableBytes)
            if slices.count >= holdsAfter { gate.hold() }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed { hasSeenEnd = true }
        }
    }

    /// Counts the reads that reach the socket.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
        }
    }

    private let channel = EmbeddedChannel()
    private let gate = RequestGate()
    private let taker: Taker
    private let reads = Reads()

    init() throws {
        taker = Taker(gate)
        try channel.pipeline.syncOperations.addHandlers([reads, gate, taker])
    }

    private func arrive(_ count: Int) {
        channel.pipeline.fireChannelRead(ByteBuffer(repeating: 0x61, count: count))
        channel.pipeline.fireChannelReadComplete()
    }

    @Test func bytesPassInSlices() {
        arrive(10_000)
        #expect(taker.slices == [4096, 4096, 1808])
        #expect(gate.bytesPassed == 10_000)
    }

    @Test func whatIsHeldWaits() {
        taker.holdsAfter = 1
        arrive(10_000)
        #expect(taker.slices == [4096])
        gate.release()
        #expect(taker.slices == [4096, 4096])
        taker.holdsAfter = .max
        gate.release()
        #expect(taker.slices == [4096, 4096, 1808])
    }

    @Test func oneReadMayBeAheadAndNoMore() {
        gate.hold()
        channel.read()
        #expect(reads.count == 1)
        arrive(100)
        channel.read()
        #expect(reads.count == 1)
        #expect(taker.slices.isEmpty)
        gate.release()
        #expect(taker.slices == [100])
        #expect(reads.count == 2)
    }

    @Test func theEndOfInputComesAfterAllThatWaits() {
        gate.hold()
        arrive(5000)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!taker.hasSeenEnd)
        taker.holdsAfter = 1
        gate.release()
        #expect(taker.slices == [4096])
        #expect(!taker.hasSeenEnd)
        taker.holdsAfter = .max
        gate.release()
        #expect(taker.slices == [4096, 904])
        #expect(taker.hasSeenEnd)
    }

    @Test func whatIsDiscardedIsCounted() {
        gate.hold()
        arrive(100)
        gate.discard()
        arrive(200)
        gate.release()
        #expect(taker.slices.isEmpty)
        #expect(gate.bytesDiscarded == 300)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(taker.hasSeenEnd)
    }

    @Test func aFloodBehindAHeldRequestEndsTheConnection() {
        gate.hold()
        arrive(RequestGate.heldBytes)
        channel.embeddedEventLoop.run()
        #expect(channel.closeFuture.isPending)
        arrive(1)
        channel.embeddedEventLoop.run()
        #expect(!channel.closeFuture.isPending)
        #expect(gate.bytesDiscarded == RequestGate.heldBytes + 1)
    }
}

extension EventLoopFuture {
    fileprivate var isPending: Bool {
        var isPending = true
        assumeIsolated().whenComplete { _ in isPending = false }
        return isPending
    }
}
