import TrellisSignature

/// Paths of the console's pages.
package enum ConsolePath {
    package static let root = "/console"

    /// - Parameter segments: Each is escaped as a whole, so that an ARN is one.
    package static func make(_ segments: String..., query: KeyValuePairs<String, String> = [:]) -> String {
        let path = ([root] + segments.map(PercentEncoding.encoded)).joined(separator: "/")
        return append(query.map { ($0.key, $0.value) }, to: path)
    }

    /// - Parameter items: Of the query.
    package static func append(_ items: [(String, String)], to path: String) -> String {
        let items = items.map { "\(PercentEncoding.encoded($0.0))=\(PercentEncoding.encoded($0.1))" }
        return items.isEmpty ? path : "\(path)?\(items.joined(separator: "&"))"
    }
}
