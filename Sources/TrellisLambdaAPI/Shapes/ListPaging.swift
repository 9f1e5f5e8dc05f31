import TrellisAPI

/// The `Marker` and `MaxItems` of a list call.
struct ListPaging {
    var marker: String?
    var limit: Int

    /// - Parameters:
    ///   - most: What one answer holds at most, however many are asked for; 50 if nothing is asked for.
    ///   - asked: How many may be asked for.
    init(_ reader: InputReader, most: Int, asked: ClosedRange<Int> = 1...10_000) {
        marker = reader.queryString("Marker").flatMap { $0.isEmpty ? nil : $0 }
        limit = min(reader.queryInteger("MaxItems", in: asked) ?? 50, most)
    }
}

extension LambdaService {
    /// - Parameter elements: Ordered by `position`.
    func listPage<Element>(
        of elements: [Element], _ paging: ListPaging, position: (Element) -> String
    ) throws(LambdaError) -> Page<Element> {
        do {
            return try Pagination.page(elements, after: paging.marker, limit: paging.limit, position: position)
        } catch {
            throw .invalidMarker
        }
    }
}
