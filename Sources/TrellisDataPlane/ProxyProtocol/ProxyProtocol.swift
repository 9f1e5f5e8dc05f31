package import TrellisModel
package import TrellisRouting

/// Which listeners learn their clients from a proxy in front of them, and from whom.
package struct ProxyProtocol: Sendable {
    /// Listener ports, as the API shows them.
    package var ports: Set<Int>
    /// Whose word counts; a connection from anywhere else is taken as it comes.
    package var trustedPeers: [CIDRBlock]
    /// Where clients stand that came by a VPC endpoint, by the endpoint's id.
    package var vpcEndpoints: [VpcEndpointID: SourceVPC]

    /// - Parameters:
    ///   - ports: Listener ports, 1 to 65535.
    ///   - trustedPeers: Addresses of the proxies.
    ///   - vpcEndpoints: The endpoints that are declared; a client that comes by another one stands nowhere.
    package init(ports: Set<Int>, trustedPeers: [CIDRBlock], vpcEndpoints: [VpcEndpointID: SourceVPC] = [:]) {
        self.ports = ports
        self.trustedPeers = trustedPeers
        self.vpcEndpoints = vpcEndpoints
    }

    /// Whether a connection must begin with a header.
    func trusts(_ peer: IPAddress?) -> Bool {
        guard let peer else { return false }
        return trustedPeers.contains { $0.contains(peer) }
    }

    /// Where a client stands that came by an endpoint; `nil` if it came by none.
    func source(vpcEndpoint: String?) -> SourceVPC? {
        guard let vpcEndpoint else { return nil }
        return VpcEndpointID(vpcEndpoint).flatMap { vpcEndpoints[$0] } ?? .unknown
    }
}
