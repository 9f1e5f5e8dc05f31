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

    /// The declared VPC endpoint that the client came by.
    var endpoint: VpcEndpoint? { if case .endpoint(let endpoint) = source { endpoint } else { nil } }

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

    /// The client that a proxy names.
    ///
    /// - Parameter vpcEndpoint: Where the client stands if it came by a VPC endpoint, whose clients' addresses say
    ///   nothing: other VPCs have the same.
    init(_ client: ProxyHeader.Source, sourceVPCs: SourceVPCMap?, vpcEndpoint: SourceVPC?) {
        source = vpcEndpoint ?? SourceVPC(of: client.address, in: sourceVPCs)
        isLoopback = client.address.isLoopback
        address = client.address.description
        addressAndPort =
            switch client.address {
            case .v4: "\(address):\(client.port)"
            case .v6: "[\(address)]:\(client.port)"
            }
    }
}
