import TrellisAPI
import TrellisModel

/// Which requests may come from the console's own pages.
///
/// A page of another site reaches a loopback address by a name of its own that it lets point there (DNS rebinding), or by
/// a form or a script that sends requests here. The first has a foreign `Host`; the second a foreign `Origin`, or
/// `Sec-Fetch-Site`, and no CSRF token.
struct RequestGuard: Sendable {
    /// The name that the operator port listens at.
    var host: String

    /// - Returns: Why a request is refused; `nil` if it is not.
    func refusal(of request: ConsoleRequest) -> String? {
        guard let authority = request.headers["host"], isOwn(authority) else {
            return "The console answers at an IP address, at localhost and at its own name only."
        }
        let site = request.headers["sec-fetch-site"]
        if request.method == "POST" {
            if let origin = request.headers["origin"], origin != "http://\(authority)" {
                return "The request comes from a page of another site."
            }
            if let site, site != "same-origin" { return "The request comes from a page of another site." }
        }
        return nil
    }

    /// An address cannot be made to point elsewhere, and the names of localhost are not looked up.
    private func isOwn(_ authority: String) -> Bool {
        let name = Self.name(of: authority)
        return IPAddress(name) != nil || name == "localhost" || name.hasSuffix(".localhost")
            || name == host.lowercased()
    }

    /// `[::1]:7071` → `::1`.
    private static func name(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }).lowercased() }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }

    /// The session's cookie: browsers do not keep the cookies of different ports apart.
    static func cookieName(_ headers: APIHeaders) -> String {
        let port = (headers["host"] ?? "").split(separator: ":").last.flatMap { UInt16($0) }
        return "trellis_console\(port.map { "_\($0)" } ?? "")"
    }

    static func cookie(_ name: String, in headers: APIHeaders) -> String? {
        let pairs = (headers["cookie"] ?? "").split(separator: ";").map { $0.drop(while: \.isWhitespace) }
        return pairs.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
