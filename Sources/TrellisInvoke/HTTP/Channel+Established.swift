package import NIOCore
import NIOPosix

extension Channel {
    /// Whether the other side has the connection still open, as far as this side can know.
    ///
    /// It may have ended it in a moment when nobody was reading, so the kernel is asked. To be called on the channel's
    /// event loop.
    package var isEstablished: Bool {
        guard isActive else { return false }
        var isEstablished = true
        #if os(Linux)
        if let options = self as? any SocketOptionProvider {
            // Answered at once, on this loop. 1 is TCP_ESTABLISHED.
            options.getTCPInfo().assumeIsolated().whenSuccess { isEstablished = $0.tcpi_state == 1 }
        }
        #endif
        return isEstablished
    }
}
