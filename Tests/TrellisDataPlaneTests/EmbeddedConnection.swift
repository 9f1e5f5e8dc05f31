import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import TrellisAccessLog
import TrellisInvoke
import TrellisModel
import TrellisRouting
import TrellisTraffic

@testable import TrellisDataPlane

/// One connection without a socket, on an event loop whose time the test holds.
final class EmbeddedConnection {
    let eventLoop = EmbeddedEventLoop()
    let channel: EmbeddedChannel
    let state: LoopState
    let invoker = PromisingInvoker()
    let log = AccessLog()
    private let sendingHalf = SendingHalf()

    init(
        _ site: Site = Site(), from address: String = "127.0.0.1", port: Int = 80,
        protocol: ListenerProtocol = .http, firstHandlers: Bool = false,
        certificates: ServerCertificates = ServerCertificates(
            authority: nil, clock: FixedClock(), random: SeededRandom()),
        accessLogs: (any AccessLogReceiver)? = nil, journal: RequestJournal? = nil,
        _ configure: (inout DataPlaneConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = DataPlaneConfiguration()
        configure(&configuration)
        let log = log
        state = LoopState(
            eventLoop: eventLoop,
            environment: DataPlaneEnvironment(
                configuration: configuration, invoker: invoker, callers: .none, certificates: certificates,
                clock: FixedClock(), logger: .silent, accessLogs: accessLogs, onEntry: { log.record($0) },
                journal: journal),
            snapshot: site.snapshot, random: SeededRandom())
        channel = EmbeddedChannel(loop: eventLoop)
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 40_000)
        try channel.pipeline.syncOperations.addHandler(sendingHalf)
        let binding = ListenerBinding(port: port, protocol: `protocol`)
        if firstHandlers {
            try channel.pipeline.syncOperations.addFirstHandlers(state, binding)
            // Handlers that are added later look whether the channel is active.
            try channel.connect(to: SocketAddress(ipAddress: address, port: 40_000)).wait()
        } else {
            try channel.pipeline.syncOperations.addServingHandlers(state, binding)
            channel.pipeline.fireChannelActive()
        }
    }

    deinit {
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    func send(_ text: String) { send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) {
        channel.pipeline.fireChannelRead(bytes)
        channel.pipeline.fireChannelReadComplete()
    }

    func get(_ path: String = "/") {
        send("GET \(path) HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
    }

    /// What was written since the last call.
    func received() -> String {
        var text = ""
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    /// The status of the one response that was written since the last call.
    func status() -> Int? {
        let words = received().split(separator: " ", maxSplits: 2)
        return words.count == 3 ? Int(words[1]) : nil
    }

    var isOpen: Bool { channel.isActive || !sendingHalf.isClosed && !sendingHalf.isFullyClosed }
    var hasFinishedSending: Bool { sendingHalf.isClosed }
    var isClosed: Bool { sendingHalf.isFullyClosed }

    func advance(_ amount: TimeAmount) {
        eventLoop.advanceTime(by: amount)
    }
}

/// An embedded channel cannot be closed by halves; this remembers it instead.
private final class SendingHalf: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var isClosed = false
    private(set) var isFullyClosed = false

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            isClosed = true
            promise?.succeed()
        } else {
            isFullyClosed = true
            context.close(mode: mode, promise: promise)
        }
    }
}

/// Gives promises, which the test keeps in its own time.
final class PromisingInvoker: FunctionInvoker {
    private let stored = Mutex<[(Invocation, EventLoopPromise<InvocationOutcome>)]>([])

    var invocations: [Invocation] { stored.withLock { $0.map(\.0) } }

    func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        let promise = eventLoop.makePromise(of: InvocationOutcome.self)
        stored.withLock { $0.append((invocation, promise)) }
        return promise.futureResult
    }

    /// Answers an invocation by its place in the order of their arrival.
    func answer(_ index: Int, body: String = "ok") {
        answer(index, .json(#"{"statusCode":200,"body":"\#(body)"}"#))
    }

    func answer(_ index: Int, _ outcome: InvocationOutcome) {
        let promise = stored.withLock { $0.indices.contains(index) ? $0[index].1 : nil }
        guard let promise else {
            Issue.record("there is no invocation \(index)")
            return
        }
        promise.succeed(outcome)
    }
}
