package import NIOCore
package import TrellisAPI

/// A request as it comes from the browser; the body is read only for those who are signed in.
package struct ConsoleRequest: Sendable {
    package var method: String
    /// Path and query, undecoded.
    package var target: String
    /// With the `host`.
    package var headers: APIHeaders
    /// Reads the body; throws if it is longer than so many bytes.
    package var collect: @Sendable (_ limit: Int) async throws -> ByteBuffer

    package init(
        method: String, target: String, headers: APIHeaders,
        collect: @escaping @Sendable (_ limit: Int) async throws -> ByteBuffer
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.collect = collect
    }

    var path: String { String(target.prefix { $0 != "?" }) }

    var query: String {
        target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? ""
    }
}

/// What a page's handler is given: everything is checked by then.
package struct PageRequest: Sendable {
    package var path: String
    /// Of the route's path, decoded.
    package var labels: [String: String]
    package var query: QueryItems
    /// Empty for GET.
    package var form: FormValues
    package var session: ConsoleSession

    package init(
        path: String, labels: [String: String] = [:], query: QueryItems = QueryItems(), form: FormValues = FormValues(),
        session: ConsoleSession
    ) {
        self.path = path
        self.labels = labels
        self.query = query
        self.form = form
        self.session = session
    }

    /// A label; there is one for each in the route's path.
    package func label(_ name: String) -> String { labels[name] ?? "" }
}

package enum ConsoleAnswer: Sendable {
    case page(Page)
    /// 303, after a form was carried out.
    case redirect(to: String, Notice?)
    /// Anything else, for example a stream of events; gets the console's headers too.
    case response(APIResponse)
}

package struct ConsoleRoute: Sendable {
    package var method: String
    package var path: PathTemplate
    /// Largest request body in bytes.
    package var bodyLimit: Int
    package var handle: @Sendable (PageRequest) async throws -> ConsoleAnswer

    /// - Parameter path: For example `/console/services/{id}`; of several that match, the first one is taken.
    package init(
        _ method: String, _ path: String, bodyLimit: Int = 262_144,
        handle: @escaping @Sendable (PageRequest) async throws -> ConsoleAnswer
    ) {
        self.method = method
        self.path = PathTemplate(path)
        self.bodyLimit = bodyLimit
        self.handle = handle
    }
}
