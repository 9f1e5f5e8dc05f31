import TrellisDataPlane

extension PrometheusText {
    /// The connections to the targets of groups.
    ///
    /// - Source: reference table "CloudWatch metrics", column "Target group".
    mutating func add(targetConnections groups: [TargetConnectionCounters]) {
        func samples(_ value: (TargetConnectionCounters) -> UInt64) -> [(labels: Labels, value: Double)] {
            groups.map { ([("target_group", $0.id)], Double(value($0))) }
        }
        add(
            "trellis_target_group_connections_total", .counter,
            "Connections to targets by protocol (TotalConnectionCount, HTTP1_ConnectionCount, HTTP2_ConnectionCount).",
            groups.flatMap { group in
                [("http1", group.http1), ("http2", group.http2), ("tcp", group.tcp)].map {
                    ([("target_group", group.id), ("protocol", $0)], Double($1))
                }
            })
        add(
            "trellis_target_group_connections_active", .gauge,
            "Connections to targets that are open now (ActiveConnectionCount).",
            groups.map { ([("target_group", $0.id)], Double($0.active)) })
        add(
            "trellis_target_group_connection_errors_total", .counter,
            "Connections that targets did not take (ConnectionErrorCount).", samples(\.errors))
        add(
            "trellis_target_group_connection_timeouts_total", .counter,
            "Connections that were not there in time (ConnectionTimeoutCount).", samples(\.timeouts))
        add(
            "trellis_target_group_tls_handshakes_total", .counter,
            "TLS handshakes with targets that were completed (TotalTLSConnectionHandshakeCount).", samples(\.handshakes)
        )
        add(
            "trellis_target_group_tls_handshake_errors_total", .counter,
            "TLS handshakes with targets that failed (TLSConnectionErrorCount).", samples(\.failedHandshakes))
        add(
            "trellis_target_group_received_bytes_total", .counter,
            "Bytes that came from targets (TotalReceivedConnectionBytes).", samples(\.receivedBytes))
        add(
            "trellis_target_group_sent_bytes_total", .counter,
            "Bytes that went to targets (TotalSentConnectionBytes).", samples(\.sentBytes))
    }
}
