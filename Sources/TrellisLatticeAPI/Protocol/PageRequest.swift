import TrellisAPI
import TrellisModel

/// Which part of a list is asked for.
struct PageRequest: Hashable {
    /// 1 to 100; 100 where the request does not say.
    var limit: Int
    var nextToken: String?
}

extension PageRequest {
    /// Answers with one page of a list that is small enough to be read as a whole.
    ///
    /// - Parameter position: A text that orders the elements and never changes for one.
    /// - Throws: ``LatticeError/validation(reason:message:fields:)`` if the token is not one of a list's.
    func answer<Element>(
        _ elements: [Element], position: (Element) -> String, item: (Element) -> JSONValue
    ) throws -> APIResponse {
        let positioned = elements.map { (position: position($0), element: $0) }.sorted { $0.position < $1.position }
        let page: Page<(position: String, element: Element)>
        do {
            page = try Pagination.page(positioned, after: nextToken, limit: limit, position: \.position)
        } catch {
            throw LatticeError.invalid("nextToken", "The nextToken is not one that this operation returned")
        }
        let items = page.items.map { item($0.element) }
        return .json(.object(omittingNil: ["items": .array(items), "nextToken": .optional(page.nextToken)]))
    }
}
