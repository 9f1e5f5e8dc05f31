import TrellisAPI

/// One page of groups or streams.
enum LogsPage {
    static let limit = 50

    /// - Parameter position: Orders the elements as they are given.
    static func page<Element>(
        _ elements: [Element], after token: String?, limit: Int?, position: (Element) -> String
    ) throws(LogsError) -> Page<Element> {
        do {
            return try Pagination.page(elements, after: token, limit: limit ?? Self.limit, position: position)
        } catch {
            throw .badToken
        }
    }
}
