/// A request of the Runtime API, by method and path.
///
/// - Source: reference lambda.md §1.1. The Extensions, Telemetry and SnapStart paths are not served (404).
package enum RuntimeAPIRoute: Hashable, Sendable {
    case next
    case response(requestID: String)
    case error(requestID: String)
    case initError
    case ping

    private static let prefix = "/2018-06-01/"

    /// - Parameter uri: The request target; a query is ignored.
    package static func parse(method: String, uri: String) -> Result<RuntimeAPIRoute, RuntimeAPIError> {
        let path = uri.prefix { $0 != "?" }
        guard path.hasPrefix(prefix) else { return .failure(.unknownPath) }
        let route: RuntimeAPIRoute
        switch path.dropFirst(prefix.count) {
        case "runtime/invocation/next": route = .next
        case "runtime/init/error": route = .initError
        case "ping": route = .ping
        case let other:
            let parts = other.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0] == "runtime", parts[1] == "invocation", !parts[2].isEmpty else {
                return .failure(.unknownPath)
            }
            switch parts[3] {
            case "response": route = .response(requestID: String(parts[2]))
            case "error": route = .error(requestID: String(parts[2]))
            default: return .failure(.unknownPath)
            }
        }
        return route.method == method ? .success(route) : .failure(.methodNotAllowed)
    }

    private var method: String {
        switch self {
        case .next, .ping: "GET"
        case .response, .error, .initError: "POST"
        }
    }
}

extension RuntimeAPIError: Error {}
