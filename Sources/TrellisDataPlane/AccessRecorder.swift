import Logging
import TrellisModel

/// Where the access log entries go.
enum AccessRecorder: Sendable {
    case none
    case log(Logger)
    case function(@Sendable (AccessLogEntry) -> Void)

    /// - Parameter function: Gets every entry, on the event loop of the connection; without one, entries are logged if
    ///   the logger takes debug messages.
    init(function: (@Sendable (AccessLogEntry) -> Void)?, logger: Logger) {
        if let function {
            self = .function(function)
        } else {
            self = logger.logLevel <= .debug ? .log(logger) : .none
        }
    }

    /// Whether anybody wants entries; if not, none need be made.
    var isRecording: Bool {
        if case .none = self { false } else { true }
    }

    func record(_ entry: AccessLogEntry) {
        switch self {
        case .none: break
        case .log(let logger): logger.debug("request", metadata: entry.metadata)
        case .function(let function): function(entry)
        }
    }
}

extension AccessLogEntry {
    /// The fields that are known, under their names in an access log.
    fileprivate var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "requestId": "\(requestID)", "responseCode": "\(responseCode)", "bytesReceived": "\(bytesReceived)",
            "bytesSent": "\(bytesSent)", "duration": "\(duration)", "startTime": "\(startTime.iso8601Seconds)",
            "requestToTargetDuration": "\(requestToTargetDuration)",
            "responseFromTargetDuration": "\(responseFromTargetDuration)",
        ]
        let texts: [(String, String?)] = [
            ("serviceNetworkArn", serviceNetworkARN), ("serviceArn", serviceARN), ("targetGroupArn", targetGroupARN),
            ("sourceVpcArn", sourceVPCARN), ("sourceVpcId", sourceVPCID), ("sourceIpPort", sourceIPPort),
            ("failureReason", failureReason?.rawValue), ("requestMethod", requestMethod),
            ("requestPath", requestPath), ("protocol", `protocol`), ("userAgent", userAgent),
            ("hostHeader", hostHeader), ("authDeniedReason", authDeniedReason), ("resolvedUser", resolvedUser),
            ("callerPrincipal", callerPrincipal),
        ]
        for (name, text) in texts {
            if let text { metadata[name] = "\(text)" }
        }
        return metadata
    }
}
