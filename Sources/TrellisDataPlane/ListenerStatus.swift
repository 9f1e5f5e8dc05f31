package import TrellisModel

/// What became of the socket of a listener port.
package struct ListenerStatus: Hashable, Sendable {
    /// As the API shows it.
    package var port: Int
    package var `protocol`: ListenerProtocol
    /// Where the socket was to be bound.
    package var requestedPort: Int
    /// Where it is bound; `nil` if it is not.
    package var boundPort: Int?
    /// Why it is not bound.
    package var error: String?
}
