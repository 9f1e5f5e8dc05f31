import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TrellisDataPlane

/// How a new server takes the place of the one that runs on its data directory, without a connection being refused.
///
/// The new one connects to `take-over.sock` in the data directory and gets the listening sockets of the data plane. The
/// old one then stops as it does for SIGTERM: it accepts nothing more, answers what it has, and ends. Meanwhile
/// connections wait in the sockets. The end of the old one is the end of the connection between them, and the beginning
/// of the new one.
enum TakeOver {
    static let socketName = "take-over.sock"

    /// Waits for the end of the server that runs on the data directory.
    ///
    /// - Returns: Its listening sockets; none if there is no such server.
    static func fromRunningServer(onDataDirectory directory: String) async throws -> InheritedSockets {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                guard let connection = try DescriptorSocket.connect(inDirectory: directory, name: socketName) else {
                    return InheritedSockets()
                }
                defer { connection.close() }
                let descriptors = try connection.receive()
                connection.waitForEnd()
                return InheritedSockets(byAddress(descriptors))
            }
        } catch {
            throw CommandFailure(.unavailable, "cannot take over from the running server: \(error)")
        }
    }

    private static func byAddress(_ descriptors: [CInt]) -> [SocketAddress: CInt] {
        var found: [SocketAddress: CInt] = [:]
        for descriptor in descriptors {
            if let address = ListeningSocket(descriptor)?.address, found[address] == nil {
                found[address] = descriptor
            } else {
                close(descriptor)
            }
        }
        return found
    }
}

/// Gives the listening sockets to a successor that asks for them, and then has the server stop.
struct TakeOverService: Service {
    var dataDirectory: String
    /// The ports that the data plane listens on.
    var ports: @Sendable () async -> [Int]
    var stop: @Sendable () -> Void
    var logger: Logger

    func run() async throws {
        let socket: DescriptorSocket
        do {
            socket = try DescriptorSocket.listen(inDirectory: dataDirectory, name: TakeOver.socketName)
        } catch {
            // Everything else works; a file system may have no sockets.
            logger.warning("no other server can take over from this one", metadata: ["error": "\(error)"])
            try? await gracefulShutdown()
            return
        }
        // Whoever waits for a successor does nothing else.
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        do {
            try await withGracefulShutdownHandler {
                try await withTaskCancellationHandler {
                    try await serve(socket, threads)
                } onCancel: {
                    socket.shutDown()
                }
            } onGracefulShutdown: {
                socket.shutDown()
            }
        } catch {
            logger.warning("no other server can take over from this one", metadata: ["error": "\(error)"])
            try? await gracefulShutdown()
        }
        socket.close()
        try? await threads.shutdownGracefully()
    }

    private func serve(_ socket: DescriptorSocket, _ threads: NIOThreadPool) async throws {
        while let successor = try await threads.runIfActive({ try socket.accept() }) {
            let ports = Set(await ports())
            do {
                try await threads.runIfActive { try successor.send(ListeningSocket.all(onPorts: ports)) }
            } catch {
                successor.close()
                logger.warning("listening sockets were not handed over", metadata: ["error": "\(error)"])
                continue
            }
            logger.notice("another server takes over", metadata: ["listeners": "\(ports.count)"])
            // The connection stays open until this process ends: that is what the successor waits for.
            stop()
            try? await gracefulShutdown()
            return
        }
    }
}

/// A TCP socket of this process that listens.
struct ListeningSocket {
    let descriptor: CInt
    let address: SocketAddress

    /// - Returns: `nil` if the descriptor is something else.
    init?(_ descriptor: CInt) {
        var listens: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0, listens == 1 else {
            return nil
        }
        var storage = sockaddr_storage()
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let found = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard found == 0 else { return nil }
        switch CInt(storage.ss_family) {
        case AF_INET:
            address = withUnsafePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
            }
        case AF_INET6:
            address = withUnsafePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
            }
        default: return nil
        }
        self.descriptor = descriptor
    }

    /// The sockets of this process that listen on some of the ports.
    static func all(onPorts ports: Set<Int>) throws -> [CInt] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { CInt($0) }.filter {
            ListeningSocket($0)?.address.port.map(ports.contains) ?? false
        }
    }
}
