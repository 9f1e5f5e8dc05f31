package import NIOCore
package import TrellisRouting

/// What the data plane may be told; every default says why.
package struct DataPlaneConfiguration: Sendable {
    /// The address that listeners are bound to: a numeric IPv4 or IPv6 address, by default this machine only.
    package var bindAddress = "127.0.0.1"

    /// Where the socket of a listener port is bound; 0 takes a free port.
    package var bindPort: @Sendable (_ listenerPort: Int) -> Int = DataPlaneConfiguration.offset(8000)

    /// Client addresses of VPCs; without a map any client reaches every service that is in a service network.
    package var sourceVPCs: SourceVPCMap?

    /// Sockets that listen already, for the addresses that are to be bound.
    package var inherited = InheritedSockets()
    /// By default no listener takes a client's address from anybody.
    package var proxyProtocol: ProxyProtocol?

    package var limits = DataPlaneLimits()
    package var times = DataPlaneTimes()
    /// How targets of HTTPS groups are spoken to; `nil` takes every certificate, as on AWS.
    package var targetTLS: TargetTLS?

    package init() {}

    /// Moves the ports below 1024, which need privileges, up by `offset`: with 8000 port 80 is bound at 8080.
    package static func offset(_ offset: Int) -> @Sendable (Int) -> Int {
        { port in port < 1024 ? port &+ offset : port }
    }
}

/// The most that a client gets of everything, inclusive.
package struct DataPlaneLimits: Sendable {
    /// Request line and header lines with their separators, in bytes.
    ///
    /// - Source: reference table "Data-plane limits": 60 KB, the URL counts.
    package var headerBlockBytes = 61_440
    /// Header lines; trailers count.
    package var headerCount = 100
    /// A request's body without transfer coding, in bytes.
    ///
    /// - Source: reference table "Limits and invocation": 6 MiB.
    package var bodyBytes = 6_291_456
    /// Bodies over all connections that are in memory for a function, in bytes; a request that needs more is answered
    /// with 503.
    ///
    /// Room for 170 of the largest bodies, and for very many of the usual ones. The memory for them is about twice as much:
    /// buffers grow by doubling, and an event holds the body once more.
    package var collectedBodyBytes = 1_073_741_824
    /// What a client that sends a body for a function must reach on average once it has had the idle timeout, in bytes per
    /// second.
    ///
    /// - Source: chosen; the default of Kestrel's `MinRequestBodyDataRate`.
    package var slowestBodyBytesPerSecond = 240
    /// Requests to one service in a second; what comes beyond is answered with 429.
    ///
    /// - Source: reference table "Data-plane limits": 10,000 for each service.
    package var requestsPerSecond = 10_000
    /// Connections over all listeners; one more is answered with 503 and closed.
    package var connections = 10_000
    /// HTTP/2 streams over all connections; one more is refused, and may be tried again.
    package var streams = 10_000
    /// HTTP/2 streams that one client may have open on a connection.
    package var concurrentStreams = 100
    /// What a client may send on one HTTP/2 stream before it is told to go on, in bytes.
    package var streamWindowBytes = 262_144
    /// The same on all streams of a connection together.
    package var connectionWindowBytes = 1_048_576
    /// Refused connections that are being told so; any further one is closed without a word.
    package var refusedConnections = 256
    /// HTTP/1.1 connections to one target that one event loop keeps for later requests.
    package var idleTargetConnections = 128
    /// What is read and thrown away after the last answer, so that a client that is still sending can read it.
    package var lingerBytes = 16_777_216

    package init() {}
}

/// How long the data plane waits.
package struct DataPlaneTimes: Sendable {
    /// For a request head to be complete, from its first byte.
    package var head = TimeAmount.seconds(30)
    /// For a TLS handshake to be complete, from the beginning of the connection.
    package var handshake = TimeAmount.seconds(10)
    /// For the first request of a connection; later it is the idle timeout of the service that was last asked.
    package var idle = TimeAmount.seconds(60)
    /// For the end of a connection, from its beginning.
    ///
    /// - Source: reference table "Data-plane limits": 10 min, fixed.
    package var connectionLife = TimeAmount.minutes(10)
    /// Before that, when the next answer says that it is the last one: a client that asks all the time would otherwise meet
    /// the end between an answer and its next request, which nobody would answer.
    package var lastRequests = TimeAmount.seconds(10)
    /// For a client to close after the last answer of a connection.
    package var linger = TimeAmount.seconds(5)
    /// For the first request of a connection that is new when a listener goes or the program stops.
    package var firstRequest = TimeAmount.seconds(1)
    /// For requests in flight when a listener goes or the program stops.
    package var drain = TimeAmount.seconds(30)
    /// For a connection to a target, and again for its TLS handshake.
    package var targetConnect = TimeAmount.seconds(5)
    /// How long a connection to a target is kept that has nothing to do; twice as long at most.
    package var targetIdle = TimeAmount.seconds(60)
    /// For connections that are passed on to a target, from its deregistration.
    ///
    /// - Source: reference table "Target status": 1 min. That they end then is chosen.
    package var targetDrain = TimeAmount.minutes(1)
    /// Between attempts to bind a port that could not be bound.
    package var bindRetry = TimeAmount.seconds(5)

    package init() {}
}
