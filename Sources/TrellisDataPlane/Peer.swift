import NIOCore
import TrellisModel
import TrellisRouting

/// The client of a connection.
struct Peer {
    /// Without port; empty if it is not known.
    let address: String
    /// `10.0.1.7:57086`, an IPv6 address in brackets.
    let addressAndPort: String?
    let source: SourceVPC
    let isLoopback: Bool

    init(_ socketAddress: SocketAddress?, sourceVPCs: SourceVPCMap?) {
        let ip = socketAddress?.ipAddress.flatMap { IPAddress($0) }
        source = SourceVPC(of: ip, in: sourceVPCs)
        isLoopback = ip?.isLoopback ?? false
        guard let socketAddress, let ip else {
            address = ""
            addressAndPort = nil
            return
        }
        let port = socketAddress.port ?? 0
        switch ip {
        case .v4:
            address = ip.description
            addressAndPort = "\(address):\(port)"
        case .v6:
            address = socketAddress.ipAddress ?? ""
            addressAndPort = "[\(address)]:\(port)"
        }
    }
}
