import NIOCore
import NIOHTTP1
import TrellisLambdaEvent
import TrellisModel
import TrellisPolicy
import TrellisRouting
import TrellisTraffic

extension ConnectionHandler {
    /// Begins to keep the bodies of a request to a service for which somebody wants that.
    func beginCapture(of request: ServedRequest) {
        guard !loop.traffic.captured.isEmpty, let service = request.route?.service,
            loop.traffic.captured.contains(service.id)
        else { return }
        request.capture = BodyCapture()
    }

    /// Counts a request by its way.
    func count(_ request: ServedRequest, status: Int, _ duration: TimeAmount) {
        guard let way = request.way else { return }
        loop.traffic.count(way, status: status, duration)
    }

    /// *Record*, for the journal: a request with all that there is to say about it.
    func addToJournal(
        _ request: ServedRequest, answer: Answer?, failureReason: FailureReason?, duration: TimeAmount,
        bytesReceived: Int, bytesSent: Int
    ) {
        var record = RequestRecord(
            arrivedAt: request.arrivedAt, requestID: request.id, port: binding.port, status: answer?.status ?? 0,
            duration: .nanoseconds(max(0, duration.nanoseconds)), bytesReceived: bytesReceived, bytesSent: bytesSent)
        record.method = request.head.method.rawValue.cut(atBytes: 64)
        record.target = Secrets.masked(target: request.head.uri).cut(atBytes: RequestRecord.targetLimit)
        record.protocol = request.protocolName
        record.host = request.facts.host.isEmpty ? nil : request.facts.host.cut(atBytes: 256)
        record.client = peer.addressAndPort
        record.failureReason = failureReason?.rawValue
        record.detail = answer?.detail?.cut(atBytes: RequestRecord.decisionLineBytes)
        record.durationToTarget = request.sentToTargetAt.map {
            .nanoseconds(max(0, ($0 - request.startedAt).nanoseconds))
        }
        record.path = request.way?.path
        record.caller = request.caller?.arn
        record.note(request.verdicts)
        record.decision = decision(about: request)
        record.request.headers = RequestRecord.Headers(request.head.headers)
        record.request.body = request.capture?.request
        record.event = event(of: request)
        if let forwarding = request.forwarding, forwarding.status != nil {
            record.response.headers = RequestRecord.Headers(forwarding.headers)
            record.response.body = request.capture?.response
        } else if let answer {
            record.response.headers = RequestRecord.Headers(answer.headers)
            if request.capture != nil {
                var body = CapturedBody()
                body.append(answer.body.readableBytesView)
                record.response.body = body
            }
        }
        loop.traffic.add(record)
    }

    /// The same for something that could not be read as a request.
    func addToJournal(unreadable answer: Answer, requestID: String, bytesSent: Int) {
        var record = RequestRecord(
            arrivedAt: loop.environment.clock.now(), requestID: requestID, port: binding.port, status: answer.status,
            duration: .zero, bytesReceived: 0, bytesSent: bytesSent)
        record.client = peer.addressAndPort
        record.failureReason = answer.failureReason?.rawValue
        record.detail = answer.detail
        loop.traffic.add(record)
    }

    /// What each policy statement said, or why nobody got that far.
    private func decision(about request: ServedRequest) -> [String] {
        guard let route = request.route else { return [] }
        if case .refuse(_, _, .signatureRefused(let type, let message)) = request.plan {
            return ["signature: \(type): \(message)".cut(atBytes: RequestRecord.decisionLineBytes)]
        }
        guard route.authorization.isNeeded, let sender = request.sender else { return [] }
        let asked = ServicePolicyRequest(
            head: request.head, route: route, caller: sender.caller, port: binding.port, isSecure: tls != nil,
            sourceIP: peer.address, endpoint: peer.endpoint, now: request.arrivedAt)
        let explanation = route.authorization.explain(asked, identity: sender.policies)
        let lines = explanation.layers.flatMap { $0.maskingSecrets.lines }
        return lines.prefix(RequestRecord.decisionLineLimit).map { $0.cut(atBytes: RequestRecord.decisionLineBytes) }
    }

    /// The event that the function got, made once more of what may be shown.
    private func event(of request: ServedRequest) -> String? {
        guard request.inFlight != nil, let group = request.targetGroup, let route = request.route else { return nil }
        let forwarded = forwardedHeaders(request, by: route, to: group)
        let headers: HeaderList = forwarded.compose(request.head.headers).headers.map {
            (name: $0.name, value: Secrets.masked($0.value, ofHeader: $0.name))
        }
        let body = request.capture.map { ByteBuffer(bytes: $0.request.bytes) } ?? ByteBuffer()
        // One that was too large was never sent.
        guard
            let event = try? LambdaEventEncoder(version: group.eventStructureVersion).encode(
                LambdaEventRequest(
                    method: request.head.method.rawValue, target: Secrets.masked(target: request.head.uri),
                    headers: headers, body: body),
                context: forwarded.context, allocator: allocator),
            event.readableBytes <= RequestRecord.eventByteLimit
        else { return nil }
        return String(buffer: event)
    }
}

extension ServedRequest {
    /// `nil` if no service was found.
    fileprivate var way: RequestWay? {
        guard let route else { return nil }
        let isRefused = if case .refuse = plan { true } else { false }
        return RequestWay(
            route: route, rule: isRefused ? nil : route.listener.rule(for: HeadView(head: head)),
            isRefused: isRefused, targetGroup: targetGroup, target: forwarding?.target, function: inFlight?.target)
    }

    /// What the listener's rules said, up to the one that matched.
    fileprivate var verdicts: [RequestRecord.RuleVerdict] {
        guard let route else { return [] }
        if case .refuse = plan { return [] }
        let view = HeadView(head: head)
        var verdicts: [RequestRecord.RuleVerdict] = []
        for rule in route.listener.rules {
            let mismatch = rule.match.mismatch(view)
            verdicts.append(RequestRecord.RuleVerdict(rule: rule.id, mismatch: mismatch))
            if mismatch == nil { break }
        }
        return verdicts
    }
}

extension RequestRecord {
    /// Keeps the last verdicts: the rule that matched is among them.
    fileprivate mutating func note(_ verdicts: [RuleVerdict]) {
        self.verdicts = verdicts.suffix(Self.verdictLimit)
        verdictsOmitted = verdicts.count - self.verdicts.count
    }
}

extension AuthorizationExplanation.Layer {
    /// Without what the request has for headers and parameters that may be secret.
    fileprivate var maskingSecrets: Self {
        guard case .policies(let policies) = content else { return self }
        var masked = self
        masked.content = .policies(policies.map { $0.map(\.maskingSecrets) })
        return masked
    }
}

extension AuthorizationExplanation.Statement {
    fileprivate var maskingSecrets: Self {
        var masked = self
        for index in reasons.indices where reasons[index].isAboutASecret {
            masked.reasons[index].found = [Secrets.mask]
        }
        return masked
    }
}

extension AuthorizationExplanation.Reason {
    /// Whether it shows what should not be seen: the value of `vpc-lattice-svcs:RequestHeader/x-api-key`.
    fileprivate var isAboutASecret: Bool {
        guard case .condition(let condition) = mismatch, !found.isEmpty,
            let name = condition.key.split(separator: "/", maxSplits: 1).last
        else { return false }
        return Secrets.isSecret(String(name))
    }
}
