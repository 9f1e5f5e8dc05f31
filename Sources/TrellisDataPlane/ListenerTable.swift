import Logging
import NIOCore
import NIOPosix
import TrellisModel
import TrellisRouting

/// The listening sockets, one for each port.
///
/// Used on one event loop only. An HTTPS and a TLS_PASSTHROUGH listener on one port, of two services, share a socket: the
/// client's server name tells which is meant.
///
/// A port that cannot be bound is tried again from time to time and with every snapshot; it does not keep the others.
final class ListenerTable {
    private enum Socket {
        case bound(any Channel)
        case failed(String)
    }

    private struct Entry {
        let requestedPort: Int
        var socket: Socket
    }

    private let eventLoop: any EventLoop
    private let configuration: DataPlaneConfiguration
    private let logger: Logger
    /// Makes a listening socket whose connections are served.
    private let bind: (ListenerBinding, SocketAddress) -> EventLoopFuture<any Channel>
    /// Ends the connections of a port whose socket is gone.
    private let drain: (ListenerBinding) -> Void

    private var wanted: Set<ListenerBinding> = []
    private var entries: [ListenerBinding: Entry] = [:]
    private var isStopped = false
    private var retry: Scheduled<Void>?
    /// Ends when all that was begun has ended; what comes next waits for it.
    private var last: EventLoopFuture<Void>

    init(
        eventLoop: any EventLoop, configuration: DataPlaneConfiguration, logger: Logger,
        bind: @escaping (ListenerBinding, SocketAddress) -> EventLoopFuture<any Channel>,
        drain: @escaping (ListenerBinding) -> Void
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.logger = logger
        self.bind = bind
        self.drain = drain
        last = eventLoop.makeSucceededVoidFuture()
    }

    var statuses: [ListenerStatus] {
        entries.map { binding, entry in
            var status = ListenerStatus(
                port: binding.port, protocol: binding.protocol, requestedPort: entry.requestedPort)
            switch entry.socket {
            case .bound(let channel): status.boundPort = channel.localAddress?.port
            case .failed(let error): status.error = error
            }
            return status
        }.sorted { ($0.port, $0.protocol.rawValue) < ($1.port, $1.protocol.rawValue) }
    }

    /// Succeeds when what was asked for until now is done.
    var settled: EventLoopFuture<Void> { last }

    /// Opens and closes sockets until they are those of `bindings`.
    ///
    /// - Returns: Succeeds when every port is bound, or has failed to be.
    func reconcile(_ bindings: [ListenerBinding]) -> EventLoopFuture<Void> {
        guard !isStopped else { return eventLoop.makeSucceededVoidFuture() }
        wanted = Set(bindings)
        return reconcile()
    }

    /// Closes every socket for good.
    func stop() -> EventLoopFuture<Void> {
        isStopped = true
        wanted = []
        retry?.cancel()
        return reconcile()
    }

    private func reconcile() -> EventLoopFuture<Void> {
        last = last.assumeIsolated().flatMap { self.closeUnwanted() }.flatMap { self.bindMissing() }.nonisolated()
        return last
    }

    // MARK: Closing

    private func closeUnwanted() -> EventLoopFuture<Void> {
        let unwanted = entries.filter { !wanted.contains($0.key) }
        var closing: [EventLoopFuture<Void>] = []
        for (binding, entry) in unwanted {
            entries[binding] = nil
            guard case .bound(let channel) = entry.socket else { continue }
            logger.info("listener closed", metadata: binding.metadata)
            guard !isShared(channel) else {
                drain(binding)
                continue
            }
            closing.append(
                stopAccepting(channel).recover { _ in }.hop(to: eventLoop).assumeIsolated().map { self.drain(binding) }
                    .nonisolated())
        }
        return EventLoopFuture.andAllSucceed(closing, on: eventLoop)
    }

    private func isShared(_ channel: any Channel) -> Bool {
        entries.values.contains { if case .bound(let other) = $0.socket { other === channel } else { false } }
    }

    /// Closes a socket when the connections that it has accepted are on their event loops: those that are on their way
    /// there would be dropped with it.
    private func stopAccepting(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.setOption(.autoRead, value: false).flatMap {
            channel.eventLoop.scheduleTask(in: Self.acceptedTime) {}.futureResult
        }.flatMap { channel.close() }
    }

    /// Much more than an accepted connection needs to get to its event loop.
    private static let acceptedTime = TimeAmount.milliseconds(50)

    // MARK: Binding

    private func bindMissing() -> EventLoopFuture<Void> {
        let missing = wanted.sorted().filter { binding in
            if case .bound = entries[binding]?.socket { false } else { true }
        }
        return bindInOrder(missing[...])
    }

    /// One after the other, so that of two listeners that want one socket always the same gets it.
    private func bindInOrder(_ bindings: ArraySlice<ListenerBinding>) -> EventLoopFuture<Void> {
        guard let binding = bindings.first else { return eventLoop.makeSucceededVoidFuture() }
        return attempt(binding).assumeIsolated().flatMap { self.bindInOrder(bindings.dropFirst()) }.nonisolated()
    }

    private func attempt(_ binding: ListenerBinding) -> EventLoopFuture<Void> {
        let requestedPort = configuration.bindPort(binding.port)
        if let sibling = binding.otherByTLS, let entry = entries[sibling], case .bound(let channel) = entry.socket {
            bound(binding, entry.requestedPort, channel)
            return eventLoop.makeSucceededVoidFuture()
        }
        let address: SocketAddress
        do {
            guard (0...65_535).contains(requestedPort) else { throw BindProblem.portOutOfRange }
            address = try SocketAddress(ipAddress: configuration.bindAddress, port: requestedPort)
        } catch {
            failed(binding, requestedPort, "\(error)")
            return eventLoop.makeSucceededVoidFuture()
        }
        let done = eventLoop.makePromise(of: Void.self)
        bind(binding, address).hop(to: eventLoop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.bound(binding, requestedPort, channel)
            case .failure(let error): self.failed(binding, requestedPort, "\(error)")
            }
            done.succeed()
        }
        return done.futureResult
    }

    private func bound(_ binding: ListenerBinding, _ requestedPort: Int, _ channel: any Channel) {
        entries[binding] = Entry(requestedPort: requestedPort, socket: .bound(channel))
        var metadata = binding.metadata
        metadata["address"] = channel.localAddress.map { "\($0)" }
        logger.info("listener bound", metadata: metadata)
    }

    private func failed(_ binding: ListenerBinding, _ requestedPort: Int, _ error: String) {
        if case .failed(error) = entries[binding]?.socket {
        } else {
            var metadata = binding.metadata
            metadata["requestedPort"] = "\(requestedPort)"
            metadata["error"] = "\(error)"
            logger.warning("listener cannot be bound", metadata: metadata)
        }
        entries[binding] = Entry(requestedPort: requestedPort, socket: .failed(error))
        guard retry == nil, !isStopped else { return }
        retry = eventLoop.assumeIsolated().scheduleTask(in: configuration.times.bindRetry) {
            self.retry = nil
            _ = self.reconcile()
        }
    }
}

private enum BindProblem: Error, CustomStringConvertible {
    case portOutOfRange

    var description: String { "the port to bind is not between 0 and 65535" }
}

extension ListenerBinding {
    /// What the same socket also serves.
    fileprivate var otherByTLS: ListenerBinding? {
        switch `protocol` {
        case .http: nil
        case .https: ListenerBinding(port: port, protocol: .tlsPassthrough)
        case .tlsPassthrough: ListenerBinding(port: port, protocol: .https)
        }
    }

    fileprivate var metadata: Logger.Metadata {
        ["port": "\(port)", "protocol": "\(`protocol`.rawValue)"]
    }
}
