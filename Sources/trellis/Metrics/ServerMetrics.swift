import TrellisAccessLog
import TrellisDataPlane
import TrellisFunctionHost
import TrellisModel
import TrellisRouting
import TrellisTraffic

/// Everything that `/metrics` shows, at one moment.
///
/// - Source: names and meaning of the request metrics: reference table "CloudWatch metrics". Labels have the ids of
///   resources that are there; with a resource its labels go.
struct ServerMetrics {
    var dataPlane: DataPlaneMetrics
    var accessLogs: [AccessLogStatus]
    var environments: [ExecutionEnvironmentStatus]
    /// `nil` where the system does not tell.
    var process: ProcessMetrics?

    var prometheusText: String {
        var text = PrometheusText()
        add(services: dataPlane.services, to: &text)
        add(targetGroups: dataPlane.targetGroups, to: &text)
        add(tunnels: dataPlane.services, to: &text)
        text.add(targetConnections: dataPlane.targetConnections)
        add(connections: dataPlane.connections, to: &text)
        addAccessLogs(to: &text)
        addEnvironments(to: &text)
        process?.add(to: &text)
        return text.text
    }

    // MARK: Requests

    private func add(services: [RequestCounters], to text: inout PrometheusText) {
        text.add(
            "trellis_service_requests_total", .counter, "Requests to a service (TotalRequestCount).",
            services.map { ([("service", $0.id)], Double($0.requests)) })
        text.add(
            "trellis_service_responses_total", .counter,
            "Answers of a service by the class of their status (HTTPCode_2XX_Count and the like).",
            services.flatMap { responses($0, "service") })
        text.add(
            "trellis_service_request_timeouts_total", .counter,
            "Requests to a service whose target did not answer in time (RequestTimeoutCount).",
            services.map { ([("service", $0.id)], Double($0.timeouts)) })
        text.add(
            histogram: "trellis_service_request_duration_seconds",
            "Time from the head of a request to its answer being handed to the socket (RequestTime).",
            bounds: TimeHistogram.bounds, services.map { times($0, "service") })
    }

    private func add(targetGroups: [RequestCounters], to text: inout PrometheusText) {
        text.add(
            "trellis_target_group_requests_total", .counter, "Requests to a target group (TotalRequestCount).",
            targetGroups.map { ([("target_group", $0.id)], Double($0.requests)) })
        text.add(
            "trellis_target_group_responses_total", .counter,
            "Answers to requests to a target group by the class of their status (HTTPCode_2XX_Count and the like).",
            targetGroups.flatMap { responses($0, "target_group") })
        text.add(
            "trellis_target_group_active_requests", .gauge,
            "Requests that a target of the group has now (ActiveRequestCount).",
            targetGroups.map { ([("target_group", $0.id)], Double($0.active)) })
        text.add(
            histogram: "trellis_target_group_request_duration_seconds",
            "Time from the head of a request to its answer being handed to the socket (RequestTime).",
            bounds: TimeHistogram.bounds, targetGroups.map { times($0, "target_group") })
        text.add(
            "trellis_target_group_invocations_total", .counter,
            "Invocations of the group's function by what became of them.",
            targetGroups.flatMap { group in
                InvocationResultKind.allCases.map { result in
                    (
                        [("target_group", group.id), ("result", result.label)],
                        Double(group.invocations(result))
                    )
                }
            })
    }

    private func responses(
        _ counters: RequestCounters, _ label: String
    ) -> [(labels: PrometheusText.Labels, value: Double)] {
        counters.responses.enumerated().map { index, count in
            ([(label, counters.id), ("code", "\(index + 1)xx")], Double(count))
        }
    }

    private func times(
        _ counters: RequestCounters, _ label: String
    ) -> (labels: PrometheusText.Labels, counts: [UInt64], sum: Double) {
        ([(label, counters.id)], counters.time.counts, Double(counters.time.nanoseconds) / 1_000_000_000)
    }

    // MARK: Connections

    /// Connections that are passed on, by service.
    private func add(tunnels services: [RequestCounters], to text: inout PrometheusText) {
        let passing = services.filter { $0.tunnels.opened > 0 }
        func add(
            _ name: String, _ kind: PrometheusText.Kind, _ help: String, _ value: (TunnelCounters) -> Double
        ) {
            text.add("trellis_service_\(name)", kind, help, passing.map { ([("service", $0.id)], value($0.tunnels)) })
        }
        add("connections_total", .counter, "Connections that are passed on (TotalConnectionCount).") {
            Double($0.opened)
        }
        add("connections_active", .gauge, "Those that are open now (ActiveConnectionCount).") { Double($0.active) }
        add("connection_errors_total", .counter, "Those without a target (ConnectionErrorCount).") { Double($0.errors) }
        add("connection_timeouts_total", .counter, "Those without a target in time (ConnectionTimeoutCount).") {
            Double($0.timeouts)
        }
        add("received_bytes_total", .counter, "From their clients (TotalReceivedConnectionBytes).") {
            Double($0.receivedBytes)
        }
        add("sent_bytes_total", .counter, "To their clients (TotalSentConnectionBytes).") { Double($0.sentBytes) }
    }

    private func add(connections: ConnectionCounters, to text: inout PrometheusText) {
        text.add(
            "trellis_connections_total", .counter, "Connections of clients.",
            Double(connections.opened))
        text.add(
            "trellis_connections_active", .gauge, "Connections of clients that are open now.",
            Double(connections.active))
        text.add(
            "trellis_connections_refused_total", .counter, "Connections beyond the limit.",
            Double(connections.refused))
        text.add(
            "trellis_tls_handshakes_total", .counter, "TLS handshakes that were completed.",
            Double(connections.handshakes))
        text.add(
            "trellis_tls_handshake_errors_total", .counter, "TLS handshakes that failed.",
            Double(connections.failedHandshakes))
        text.add(
            "trellis_collected_body_bytes", .gauge, "Request bodies that are in memory for functions.",
            Double(dataPlane.collectedBodyBytes))
        text.add(
            "trellis_received_bytes_total", .counter, "Headers and bodies of requests.",
            Double(connections.receivedBytes))
        text.add(
            "trellis_sent_bytes_total", .counter, "Headers and bodies of answers.",
            Double(connections.sentBytes))
        text.add(
            "trellis_requests_without_service_total", .counter,
            "Requests that could not be read, or to a host that is no service's.",
            Double(connections.requestsWithoutService))
    }

    // MARK: Access logs

    private func addAccessLogs(to text: inout PrometheusText) {
        let logs = accessLogs.map { (labels: $0.labels, status: $0) }
            .sorted { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value)) }
        text.add(
            "trellis_access_log_lines_total", .counter, "Access log lines of a subscription, or of the server's log.",
            logs.map { ($0.labels, Double($0.status.counts.received)) })
        text.add(
            "trellis_access_log_delivered_lines_total", .counter, "Access log lines that their destination has.",
            logs.map { ($0.labels, Double($0.status.counts.delivered)) })
        text.add(
            "trellis_access_log_dropped_lines_total", .counter, "Access log lines that are lost.",
            logs.map { ($0.labels, Double($0.status.counts.dropped)) })
        text.add(
            "trellis_access_log_failed_attempts_total", .counter, "Attempts to deliver lines that failed.",
            logs.map { ($0.labels, Double($0.status.counts.failedAttempts)) })
        text.add(
            "trellis_access_log_pending_bytes", .gauge, "Access log lines that wait for their delivery.",
            logs.map { ($0.labels, Double($0.status.pendingBytes)) })
    }

    // MARK: Functions

    private func addEnvironments(to text: inout PrometheusText) {
        let states = Dictionary(grouping: environments, by: \.state).mapValues(\.count)
        text.add(
            "trellis_execution_environments", .gauge, "Execution environments by what they do.",
            states.sorted { $0.key < $1.key }.map { ([("state", $0.key)], Double($0.value)) })
    }
}

extension AccessLogStatus {
    fileprivate var labels: PrometheusText.Labels {
        switch source {
        case .server: [("subscription", "server"), ("destination", "")]
        case .subscription(let log):
            [("subscription", log.record.id.rawValue), ("destination", log.record.destinationARN)]
        }
    }
}
