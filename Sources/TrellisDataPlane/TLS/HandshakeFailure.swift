import Logging
import NIOCore
import TrellisRouting

/// Why a connection to a TLS port came to nothing.
enum HandshakeFailure: Error {
    case notTLS
    case malformed
    case tooLarge
    case noServerName
    case unknownName(String)
    case noCertificate(String, NoCertificate)
    /// The settings of a certificate could not be made.
    case settings(String, any Error)
    /// The TLS library gave up; it has sent its own alert.
    case library(String, any Error)
    case tooSlow
    /// The service passes connections on, but not to those who ask for this name of it.
    case notPassedOn(String)
    case unreachable(String, NotFoundReason)
    case accessDenied(String, message: String)
    case noTarget(String, reason: String)

    /// What the client is told: the code of a fatal alert; `nil` for one that would not understand it, or was told.
    ///
    /// Whether a service is not there or cannot be reached from where the client is makes no difference.
    ///
    /// - Source: RFC 8446, sections 6.2 and 9.2; RFC 6066, section 3.
    var alert: UInt8? {
        switch self {
        case .notTLS, .library, .tooSlow: nil
        case .malformed, .tooLarge: 50  // decode_error
        case .noServerName: 109  // missing_extension
        case .unknownName, .notPassedOn, .unreachable: 112  // unrecognized_name
        case .noCertificate: 40  // handshake_failure
        case .accessDenied: 49  // access_denied
        case .settings, .noTarget: 80  // internal_error
        }
    }

    private var reason: String {
        switch self {
        case .notTLS: "the client does not speak TLS"
        case .malformed: "the client's first message is malformed"
        case .tooLarge: "the client's first message is too large"
        case .noServerName: "the client names no server (SNI), which is required"
        case .unknownName: "no service has this name"
        case .noCertificate(_, let problem): "\(problem)"
        case .settings(_, let error): "the certificate cannot be used: \(error)"
        case .library(_, let error): "\(error)"
        case .tooSlow: "the handshake was not complete in time"
        case .notPassedOn: "only the service's custom domain name leads to its TLS_PASSTHROUGH listener"
        case .unreachable(_, let reason): reason.rawValue
        case .accessDenied(_, let message): message
        case .noTarget(_, let reason): reason
        }
    }

    private var serverName: String? {
        switch self {
        case .unknownName(let name), .noCertificate(let name, _), .settings(let name, _), .library(let name, _),
            .notPassedOn(let name), .unreachable(let name, _), .accessDenied(let name, _), .noTarget(let name, _):
            name
        case .notTLS, .malformed, .tooLarge, .noServerName, .tooSlow: nil
        }
    }

    /// The operator can mend a certificate, and nothing about clients.
    private var level: Logger.Level {
        switch self {
        case .settings: .error
        case .noCertificate, .noTarget: .warning
        case .notTLS, .malformed, .tooLarge, .noServerName, .unknownName, .library, .tooSlow, .notPassedOn,
            .unreachable, .accessDenied:
            .info
        }
    }

    func log(to logger: Logger, peer: Peer, port: Int, suppressed: Int) {
        var metadata: Logger.Metadata = ["reason": "\(reason)", "port": "\(port)"]
        if let serverName { metadata["serverName"] = "\(serverName)" }
        if let client = peer.addressAndPort { metadata["client"] = "\(client)" }
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.log(level: level, "TLS handshake failed", metadata: metadata)
    }
}

/// Lets a few log lines through each second, so that clients cannot fill the log.
struct LogBudget {
    static let linesPerSecond = 10

    private var second = NIODeadline.uptimeNanoseconds(0)
    private var lines = 0
    private var suppressed = 0

    /// - Returns: How many lines were left out since the last one; `nil` if this one is to be left out too.
    mutating func take(_ now: NIODeadline) -> Int? {
        if now - second >= .seconds(1) {
            second = now
            lines = 0
        }
        guard lines < Self.linesPerSecond else {
            suppressed += 1
            return nil
        }
        lines += 1
        defer { suppressed = 0 }
        return suppressed
    }
}
