import NIOCore
import NIOTLS

/// Counters of the connections to the targets of one group.
///
/// A connection counts for the group whose request it was made for, also if another group has the same target and uses it
/// later. Those of health checks do not count.
///
/// - Source: reference table "CloudWatch metrics".
package struct TargetConnectionCounters: Sendable {
    /// Of the target group.
    package let id: String
    package var http1: UInt64 = 0
    package var http2: UInt64 = 0
    /// Passed on as they come.
    package var tcp: UInt64 = 0
    package var active = 0
    /// Refused, unreachable, or closed before they were there.
    package var errors: UInt64 = 0
    /// Not there in time.
    package var timeouts: UInt64 = 0
    package var handshakes: UInt64 = 0
    package var failedHandshakes: UInt64 = 0
    /// From targets, as they are on the wire.
    package var receivedBytes: UInt64 = 0
    /// To targets, as they are on the wire.
    package var sentBytes: UInt64 = 0

    init(id: String) {
        self.id = id
    }

    /// Connections that were made.
    package var opened: UInt64 { http1 &+ http2 &+ tcp }

    private mutating func add(_ other: TargetConnectionCounters) {
        http1 &+= other.http1
        http2 &+= other.http2
        tcp &+= other.tcp
        active += other.active
        errors &+= other.errors
        timeouts &+= other.timeouts
        handshakes &+= other.handshakes
        failedHandshakes &+= other.failedHandshakes
        receivedBytes &+= other.receivedBytes
        sentBytes &+= other.sentBytes
    }

    static func sums(of parts: [TargetConnectionCounters]) -> [TargetConnectionCounters] {
        var sums: [String: TargetConnectionCounters] = [:]
        for part in parts { sums[part.id, default: TargetConnectionCounters(id: part.id)].add(part) }
        return sums.values.sorted { $0.id < $1.id }
    }
}

/// Where the connections of a target group on one event loop count, as long as they live.
///
/// Used on that loop only.
final class TargetConnectionTally {
    var counters: TargetConnectionCounters

    init(group id: String) {
        counters = TargetConnectionCounters(id: id)
    }

    /// There was no connection.
    func failed(_ error: any Error) {
        if case ChannelError.connectTimeout? = error as? ChannelError {
            counters.timeouts &+= 1
        } else {
            counters.errors &+= 1
        }
    }
}

/// Counts a connection and its bytes; beside the socket.
///
/// Used on its channel's event loop only.
final class TargetConnectionMeter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData

    private let tally: TargetConnectionTally
    private let isHTTP2: Bool
    private var isCounted = false

    init(_ tally: TargetConnectionTally, isHTTP2: Bool) {
        self.tally = tally
        self.isHTTP2 = isHTTP2
    }

    func channelActive(context: ChannelHandlerContext) {
        isCounted = true
        tally.counters.active += 1
        if isHTTP2 { tally.counters.http2 &+= 1 } else { tally.counters.http1 &+= 1 }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isCounted { tally.counters.active -= 1 }
        isCounted = false
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        tally.counters.receivedBytes &+= UInt64(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        tally.counters.sentBytes &+= UInt64(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }
}

/// Counts how the TLS handshake of a connection ends.
///
/// Used on its channel's event loop only.
final class TargetHandshakeMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let tally: TargetConnectionTally
    private var isUnderWay = false

    init(_ tally: TargetConnectionTally) {
        self.tally = tally
    }

    func channelActive(context: ChannelHandlerContext) {
        isUnderWay = true
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, isUnderWay {
            isUnderWay = false
            tally.counters.handshakes &+= 1
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isUnderWay { tally.counters.failedHandshakes &+= 1 }
        isUnderWay = false
        context.fireChannelInactive()
    }
}
