import NIOCore
import TrellisModel
import TrellisPolicy
import TrellisRouting

/// What has passed through a tunnel, and when.
struct TunnelTraffic {
    let startedAt: NIODeadline
    let arrivedAt: Timestamp
    /// From the client, in bytes.
    private(set) var bytesReceived = 0
    /// From the target, in bytes.
    private(set) var bytesSent = 0
    private(set) var sentToTargetAt: NIODeadline?
    /// The first time.
    private(set) var answeredByTargetAt: NIODeadline?

    init(startedAt: NIODeadline, arrivedAt: Timestamp) {
        self.startedAt = startedAt
        self.arrivedAt = arrivedAt
    }

    mutating func passed(_ bytes: Int, from side: TunnelEnd.Side, _ now: NIODeadline) {
        switch side {
        case .client:
            bytesReceived += bytes
            sentToTargetAt = now
        case .target:
            bytesSent += bytes
            if answeredByTargetAt == nil { answeredByTargetAt = now }
        }
    }
}

extension Tunnel {
    /// *Record*: the access log entry of a connection, which has no request and no answer.
    func record(_ reason: FailureReason?) {
        loop.record(
            traffic, serverName: serverName, peer: peer, route: passage.route, group: passage.group,
            // One that was not reached is not named.
            target: reason == .targetConnectionError ? nil : passage.target, reason: reason)
    }
}

extension LoopState {
    /// *Record*, for a connection that is not passed on.
    func record(_ refusal: PassageRefusal, serverName: String, peer: Peer) {
        record(
            TunnelTraffic(startedAt: eventLoop.now, arrivedAt: environment.clock.now()), serverName: serverName,
            peer: peer, route: refusal.route, group: refusal.group, target: nil, reason: refusal.reason,
            authDeniedReason: refusal.authDeniedReason)
    }

    fileprivate func record(
        _ traffic: TunnelTraffic, serverName: String, peer: Peer, route: Route?, group: CompiledTargetGroup?,
        target: CompiledTarget?, reason: FailureReason?, authDeniedReason: String? = nil
    ) {
        guard wantsEntry(route) else { return }
        let now = eventLoop.now
        record(
            AccessLogEntry(
                serviceNetworkARN: route?.network.arn, serviceARN: route?.service.arn, targetGroupARN: group?.arn,
                sourceVPCARN: route?.sourceVPC?.arn, sourceVPCID: route?.sourceVPC?.id,
                destinationVPCID: group?.config?.vpc, sourceIPPort: peer.addressAndPort,
                targetIPPort: target?.endpoint.addressAndPort, failureReason: reason, startTime: traffic.arrivedAt,
                responseCode: 0, bytesReceived: traffic.bytesReceived, bytesSent: traffic.bytesSent,
                duration: (now - traffic.startedAt).wholeMilliseconds,
                requestToTargetDuration: traffic.sentToTargetAt.map { ($0 - traffic.startedAt).wholeMilliseconds } ?? 0,
                responseFromTargetDuration: traffic.answeredByTargetAt.map { (now - $0).wholeMilliseconds } ?? 0,
                requestID: random.uuid(), serverNameIndication: serverName, authDeniedReason: authDeniedReason,
                resolvedUser: route?.authorization.isNeeded == true ? "Anonymous" : nil),
            by: route)
    }
}
