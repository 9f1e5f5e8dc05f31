import NIOCore

extension HTTPConnectionPool {
    /// The part of an endpoint's connections that one of several event loops has.
    ///
    /// - Parameters:
    ///   - share: Which part, from 0.
    ///   - count: How many parts there are, at most as many as connections.
    convenience init(_ endpoint: RemoteEndpoint, share: Int, of count: Int, on eventLoop: any EventLoop) {
        let limits = endpoint.limits
        let connections = limits.maximumConnections / count + (share < limits.maximumConnections % count ? 1 : 0)
        self.init(
            origin: endpoint.origin, tls: endpoint.tls,
            limits: Limits(
                connections: max(1, connections), waiting: max(1, limits.maximumWaiting / count),
                connectTimeout: TimeAmount(limits.connectTimeout), queueTimeout: TimeAmount(limits.queueTimeout),
                idleTimeout: TimeAmount(limits.idleTimeout)),
            eventLoop: eventLoop)
    }
}
