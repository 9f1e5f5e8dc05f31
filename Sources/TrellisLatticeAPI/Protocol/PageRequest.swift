import TrellisAPI
import TrellisModel

/// Which part of a list is asked for.
struct PageRequest: Hashable {
    /// 1 to 100; 100 where the request does not say.
    var limit: Int
    var nextToken: String?
}

/// A resource that is shown in lists, in the order in which the resources were created.
protocol Listed {
    var createdAt: Timestamp { get }
    /// Orders resources that were created in the same millisecond.
    var tieBreaker: String { get }
}

extension PageRequest {
    /// Answers with one page: `{"items": […], "nextToken": "…"}`.
    ///
    /// - Parameter item: Returns `nil` for an element that went away while the list was read.
    /// - Throws: ``LatticeError/validation(reason:message:fields:)`` if the token is not one of a list's.
    func answer<Element: Listed>(
        _ elements: [Element], item: (Element) async throws -> JSONValue?
    ) async throws -> APIResponse {
        let positioned = elements.map { (position: Self.position($0), element: $0) }
            .sorted { $0.position < $1.position }
        let page: Page<(position: String, element: Element)>
        do {
            page = try Pagination.page(positioned, after: nextToken, limit: limit, position: \.position)
        } catch {
            throw LatticeError.invalid("nextToken", "The nextToken is not one that this operation returned")
        }
        var items: [JSONValue] = []
        for entry in page.items {
            if let shown = try await item(entry.element) { items.append(shown) }
        }
        return .json(.object(omittingNil: ["items": .array(items), "nextToken": .optional(page.nextToken)]))
    }

    private static func position(_ element: some Listed) -> String {
        let milliseconds = String(max(0, element.createdAt.millisecondsSinceEpoch))
        return String(repeating: "0", count: max(0, 16 - milliseconds.count)) + milliseconds + element.tieBreaker
    }
}

extension ServiceNetworkRecord: Listed { var tieBreaker: String { id.rawValue } }
extension ServiceRecord: Listed { var tieBreaker: String { id.rawValue } }
extension ListenerRecord: Listed { var tieBreaker: String { id.rawValue } }
extension TargetGroupRecord: Listed { var tieBreaker: String { id.rawValue } }
extension ServiceAssociationRecord: Listed { var tieBreaker: String { id.rawValue } }
extension VpcAssociationRecord: Listed { var tieBreaker: String { id.rawValue } }
extension AccessLogSubscriptionRecord: Listed { var tieBreaker: String { id.rawValue } }

extension TargetRecord: Listed {
    var createdAt: Timestamp { registeredAt }
    var tieBreaker: String { "\(id)@\(port ?? 0)" }
}
