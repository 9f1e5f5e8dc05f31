import NIOCore
import NIOHTTP1
import TrellisModel
import TrellisPolicy
import TrellisRouting

extension ConnectionHandler {
    /// *Record*: counters, and the access log entry of a request.
    ///
    /// - Parameter answer: `nil` if none was written.
    func record(_ request: ServedRequest, answer: Answer?, failureReason: FailureReason?, bytesSent: Int) {
        let now = loop.eventLoop.now
        let bytesReceived = request.facts.headBytes + request.bodyBytes
        loop.metrics.record(
            RequestMeasurement(
                status: answer?.status ?? 0, duration: now - request.startedAt, bytesReceived: bytesReceived,
                bytesSent: bytesSent, timedOut: failureReason == .targetDataTimeout,
                wasWithTarget: request.sentToTargetAt != nil),
            service: request.route?.service, targetGroup: request.targetGroup)
        let duration = now - request.startedAt
        if loop.traffic.isWatched { count(request, status: answer?.status ?? 0, duration) }
        if loop.traffic.takesRecord(status: answer?.status ?? 0, now) {
            addToJournal(
                request, answer: answer, failureReason: failureReason, duration: duration,
                bytesReceived: bytesReceived, bytesSent: bytesSent)
        }
        guard loop.wantsEntry(request.route) else { return }
        let route = request.route
        let target = request.head.uri
        let caller = request.caller
        // A target that took no connection was not reached.
        let hasReachedTarget = request.forwarding?.exchange.hasSentHead ?? (request.sentToTargetAt != nil)
        let entry = AccessLogEntry(
            serviceNetworkARN: route?.network.arn, serviceARN: route?.service.arn,
            targetGroupARN: request.targetGroup?.arn, sourceVPCARN: route?.sourceVPC?.arn,
            sourceVPCID: route?.sourceVPC?.id, destinationVPCID: request.targetGroup?.config?.vpc,
            sourceIPPort: peer.addressAndPort,
            targetIPPort: hasReachedTarget ? request.forwarding?.target.endpoint.addressAndPort : nil,
            failureReason: failureReason,
            startTime: request.arrivedAt, requestMethod: request.head.method.rawValue,
            requestPath: target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)],
            protocol: request.protocolName, responseCode: answer?.status ?? 0,
            bytesReceived: bytesReceived, bytesSent: bytesSent,
            duration: (now - request.startedAt).wholeMilliseconds,
            requestToTargetDuration: hasReachedTarget
                ? request.sentToTargetAt.map { ($0 - request.startedAt).wholeMilliseconds } ?? 0 : 0,
            responseFromTargetDuration: request.answeredByTargetAt.map { (now - $0).wholeMilliseconds } ?? 0,
            grpcResponseCode: request.forwarding?.grpcStatus, requestID: request.id, userAgent: request.facts.userAgent,
            hostHeader: request.facts.host.isEmpty ? nil : request.facts.host,
            serverNameIndication: tls?.serverName, sslCipher: tls?.cipher, tlsVersion: tls?.version,
            authDeniedReason: answer?.authDeniedReason, resolvedUser: request.resolvedUser,
            callerPrincipal: caller?.arn, callerPrincipalOrgID: caller?.details.organizationID,
            callerPrincipalTags: caller?.details.tags ?? [:])
        loop.record(entry, by: route)
    }

    /// The entry of something that could not be read as a request.
    func recordUnreadable(_ answer: Answer, requestID: String, bytesSent: Int) {
        loop.metrics.recordUnreadable(bytesSent: bytesSent)
        if loop.traffic.takesRecord(status: answer.status, loop.eventLoop.now) {
            addToJournal(unreadable: answer, requestID: requestID, bytesSent: bytesSent)
        }
        guard loop.wantsEntry(nil) else { return }
        loop.record(
            AccessLogEntry(
                sourceIPPort: peer.addressAndPort, failureReason: answer.failureReason,
                startTime: loop.environment.clock.now(), responseCode: answer.status, bytesReceived: 0,
                bytesSent: bytesSent, duration: 0, requestToTargetDuration: 0, responseFromTargetDuration: 0,
                requestID: requestID),
            by: nil)
    }
}

extension TimeAmount {
    /// Never negative.
    var wholeMilliseconds: Int { Int(max(0, nanoseconds / 1_000_000)) }
}

extension ServedRequest {
    var protocolName: String {
        if head.version == .http2 { return "HTTP/2" }
        return head.isHTTP10 ? "HTTP/1.0" : "HTTP/1.1"
    }

    fileprivate var resolvedUser: String? {
        if let caller { return caller.arn }
        if case .refuse(_, nil, .signatureRefused) = plan { return "Unknown" }
        guard let route, route.authorization.isNeeded else { return nil }
        return "Anonymous"
    }
}
