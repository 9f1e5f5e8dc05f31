import Logging
import NIOCore
import NIOPosix
import TrellisModel

/// A connection to an environment's Runtime API that comes from somewhere else.
struct ForeignPeer: Error {}

/// Who may talk to an environment's Runtime API.
extension ExecutionEnvironment {
    /// Waits until the process is known, and asks whether the connection is its own.
    ///
    /// Nothing is read from the connection before. It costs an honest runtime nothing but the first moment of each
    /// connection.
    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let peer = channel.remoteAddress, let server = channel.localAddress, let process,
            processesAwaited < Self.maximumConnections
        else { return eventLoop.makeFailedFuture(ForeignPeer()) }
        processesAwaited += 1
        let started = eventLoop.makePromise(of: Int32.self)
        process.whenStarted { [self] id in
            processesAwaited -= 1
            if let id { started.succeed(id) } else { started.fail(ForeignPeer()) }
        }
        let connection = RuntimeAPIPeer(peer: peer, server: server)
        let admits = services.configuration.admitsRuntimeAPIPeer
        return started.futureResult.flatMap { [services, eventLoop] id in
            services.threadPool.runIfActive(eventLoop: eventLoop) { admits(connection, id) }
        }.assumeIsolated().flatMapThrowing { [self] isOwn in
            guard !isOwn else { return }
            reportForeignPeer()
            throw ForeignPeer()
        }.nonisolated()
    }

    /// Once for each environment: whoever knocks again and again must not fill the log.
    private func reportForeignPeer() {
        guard !hasReportedForeignPeer else { return }
        hasReportedForeignPeer = true
        services.logger.warning(
            "a process that does not belong to the environment tried to use its Runtime API and was refused",
            metadata: ["function": "\(version.function)", "version": "\(version.name)", "environment": "\(name)"])
    }
}
