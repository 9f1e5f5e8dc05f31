package import NIOCore
import Synchronization

/// Listening sockets that another process has handed over, by the address that they are bound to.
///
/// Connections that came in meanwhile wait in them.
package final class InheritedSockets: Sendable {
    private let descriptors: Mutex<[SocketAddress: NIOBSDSocket.Handle]>

    /// Takes over the descriptors, which are to listen already.
    package init(_ descriptors: [SocketAddress: NIOBSDSocket.Handle] = [:]) {
        self.descriptors = Mutex(descriptors)
    }

    /// - Returns: The socket that is bound to the address, once.
    func take(_ address: SocketAddress) -> NIOBSDSocket.Handle? {
        descriptors.withLock { $0.removeValue(forKey: address) }
    }

    /// - Returns: The sockets that nobody has taken, for the caller to close.
    package func takeRest() -> [NIOBSDSocket.Handle] {
        descriptors.withLock { descriptors in
            defer { descriptors = [:] }
            return Array(descriptors.values)
        }
    }
}
