import NIOCore
import NIOHTTP1
import TrellisModel
import TrellisPolicy
import TrellisRouting

extension ConnectionHandler {
    /// *Record*: the access log entry of a request.
    ///
    /// - Parameter answer: `nil` if none was written.
    func record(_ request: ServedRequest, answer: Answer?, failureReason: FailureReason?, bytesSent: Int) {
        guard loop.environment.recorder.isRecording else { return }
        let now = loop.eventLoop.now
        let route = request.route
        let target = request.head.uri
        loop.environment.recorder.record(
            AccessLogEntry(
                serviceNetworkARN: route?.network.arn, serviceARN: route?.service.arn,
                targetGroupARN: request.targetGroup?.arn, sourceVPCARN: route?.sourceVPC?.arn,
                sourceVPCID: route?.sourceVPC?.id, sourceIPPort: peer.addressAndPort, failureReason: failureReason,
                startTime: request.arrivedAt, requestMethod: request.head.method.rawValue,
                requestPath: String(target.prefix { $0 != "?" }),
                protocol: request.head.isHTTP10 ? "HTTP/1.0" : "HTTP/1.1", responseCode: answer?.status ?? 0,
                bytesReceived: request.facts.headBytes + request.bodyBytes, bytesSent: bytesSent,
                duration: milliseconds(request.startedAt, now),
                requestToTargetDuration: request.sentToTargetAt.map { milliseconds(request.startedAt, $0) } ?? 0,
                responseFromTargetDuration: request.answeredByTargetAt.map { milliseconds($0, now) } ?? 0,
                requestID: request.id, userAgent: request.head.headers.first(name: "user-agent"),
                hostHeader: request.facts.host.isEmpty ? nil : request.facts.host,
                authDeniedReason: answer?.authDeniedReason, resolvedUser: request.resolvedUser,
                callerPrincipal: request.caller?.arn))
    }

    /// The entry of something that could not be read as a request.
    func recordUnreadable(_ answer: Answer, requestID: String, bytesSent: Int) {
        guard loop.environment.recorder.isRecording else { return }
        loop.environment.recorder.record(
            AccessLogEntry(
                sourceIPPort: peer.addressAndPort, failureReason: answer.failureReason,
                startTime: loop.environment.clock.now(), responseCode: answer.status, bytesReceived: 0,
                bytesSent: bytesSent, duration: 0, requestToTargetDuration: 0, responseFromTargetDuration: 0,
                requestID: requestID))
    }

    private func milliseconds(_ start: NIODeadline, _ end: NIODeadline) -> Int {
        Int(max(0, (end - start).nanoseconds / 1_000_000))
    }
}

extension ServedRequest {
    fileprivate var resolvedUser: String? {
        if let caller { return caller.arn }
        guard let route, route.authorization.isNeeded, !facts.claimsSignature else { return nil }
        return "Anonymous"
    }
}
