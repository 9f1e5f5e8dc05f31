import TrellisDataPlane
import TrellisModel
import TrellisRouting

extension ServerConfiguration {
    /// `nil` if no listener is behind a proxy.
    var proxyProtocol: ProxyProtocol? {
        guard !proxyProtocolPorts.isEmpty else { return nil }
        return ProxyProtocol(
            ports: Set(proxyProtocolPorts), trustedPeers: proxyProtocolPeers,
            vpcEndpoints: Dictionary(
                declared.vpcEndpoints.map { ($0.id, SourceVPC.endpoint($0)) }, uniquingKeysWith: { first, _ in first }))
    }
}
