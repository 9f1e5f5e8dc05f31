package import TrellisModel

/// One request as the console shows it: what came, which way it took and why, what went to the target and what came back.
///
/// Secrets are masked before anything gets here; see ``Secrets``.
package struct RequestRecord: Sendable {
    /// Header lines as far as there is room for them.
    package struct Headers: Sendable {
        package static let byteLimit = 8192

        package private(set) var lines: [(name: String, value: String)] = []
        /// Lines that are not there for lack of room.
        package private(set) var omitted = 0
        private(set) var bytes = 0

        package init() {}

        /// Masks what is secret, and keeps the first lines.
        package init(_ lines: some Sequence<(name: String, value: String)>) {
            for (name, value) in lines {
                let value = Secrets.masked(value, ofHeader: name)
                let size = name.utf8.count + value.utf8.count
                guard omitted == 0, bytes + size <= Self.byteLimit else {
                    omitted += 1
                    continue
                }
                bytes += size
                self.lines.append((name, value))
            }
        }
    }

    /// What one rule of the listener said.
    package struct RuleVerdict: Hashable, Sendable {
        package var rule: RuleID
        /// Why it did not match; `nil` if it did.
        package var mismatch: String?

        package init(rule: RuleID, mismatch: String?) {
            self.rule = rule
            self.mismatch = mismatch
        }
    }

    /// The part of the request or the answer that no header says.
    package struct Message: Sendable {
        package var headers = Headers()
        /// `nil` unless bodies of the service are captured.
        package var body: CapturedBody?

        package init() {}
    }

    /// Grows by one with each record.
    package internal(set) var number: UInt64 = 0
    package var arrivedAt: Timestamp
    /// The value of `x-amzn-requestid`, which the client may have chosen.
    package var requestID: String
    /// `nil` if what came is no request.
    package var method: String?
    /// With its query, secret values masked; cut at ``targetLimit``.
    package var target: String?
    /// For example `HTTP/1.1`.
    package var `protocol`: String?
    package var host: String?
    /// For example `10.0.1.7:57086`.
    package var client: String?
    /// Of the listener, as the API shows it.
    package var port: Int
    /// 0 if no answer was written.
    package var status: Int
    /// As in access logs.
    package var failureReason: String?
    /// What only somebody who runs the service should know of a failure.
    package var detail: String?
    /// From the head to the answer being handed to the socket.
    package var duration: Duration
    /// From the head to the target having it.
    package var durationToTarget: Duration?
    package var bytesReceived: Int
    package var bytesSent: Int

    /// `nil` if no service was found.
    package var path: TrafficPath?
    /// The rules that were tried, in the order of their priorities.
    package var verdicts: [RuleVerdict] = []
    /// Rules that were tried and are not among the verdicts.
    package var verdictsOmitted = 0
    /// The ARN of the caller; `nil` for an anonymous one.
    package var caller: String?
    /// What the policies said, one line for each statement; empty if nothing was asked.
    package var decision: [String] = []

    package var request = Message()
    /// The event of a function, without its body unless bodies are captured; `nil` if none was made or it is large.
    package var event: String?
    package var response = Message()

    package static let targetLimit = 2048
    package static let verdictLimit = 100
    package static let decisionLineLimit = 64
    package static let decisionLineBytes = 512
    package static let eventByteLimit = 65_536

    package init(
        arrivedAt: Timestamp, requestID: String, port: Int, status: Int, duration: Duration, bytesReceived: Int,
        bytesSent: Int
    ) {
        self.arrivedAt = arrivedAt
        self.requestID = requestID
        self.port = port
        self.status = status
        self.duration = duration
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
    }

    /// About how much memory it takes.
    var bytes: Int {
        let texts = [requestID, method, target, host, client, failureReason, detail, caller, event]
        return 512 + texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
            + verdicts.reduce(0) {
                $0 + 64 + ($1.mismatch?.utf8.count ?? 0)
            } + decision.reduce(0) { $0 + $1.utf8.count } + request.bytes + response.bytes
    }
}

extension RequestRecord.Message {
    fileprivate var bytes: Int { headers.bytes + headers.lines.count * 32 + (body?.bytes.count ?? 0) }
}

/// The first bytes of a body.
package struct CapturedBody: Hashable, Sendable {
    package static let byteLimit = 16_384

    package private(set) var bytes: [UInt8] = []
    /// Of the whole body.
    package private(set) var length = 0

    package init() {}

    /// Keeps what there is room for.
    package mutating func append(_ part: some Collection<UInt8>) {
        length += part.count
        bytes.append(contentsOf: part.prefix(max(0, Self.byteLimit - bytes.count)))
    }

    package var isCut: Bool { bytes.count < length }
}

extension String {
    /// The beginning of the text in at most so many bytes, never a part of a character.
    package func cut(atBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: max(0, limit))
        while end > utf8.startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
