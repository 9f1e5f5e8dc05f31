import TrellisAPI

/// Which part of a list is asked for.
struct IAMPage {
    static let limits = 1...1000
    static let defaultLimit = 100

    var limit: Int
    var marker: String?

    /// Answers with one page: `<name><member>…</member></name><IsTruncated>…</IsTruncated><Marker>…</Marker>`.
    ///
    /// - Parameter position: A text of at most 150 bytes that orders the elements, so that a marker is not longer than
    ///   the model allows.
    /// - Throws: ValidationError if the marker is not one of a list's.
    func answer<Element>(
        _ name: String, _ elements: [Element], position: (Element) -> String, member: (Element) -> XMLElement
    ) throws -> [XMLElement] {
        let part = try part(of: elements, position: position)
        return [XMLElement(name, part.items.map(member))] + Self.ending(of: part)
    }

    /// The elements of the page, in order.
    ///
    /// - Throws: ValidationError if the marker is not one of a list's.
    func part<Element>(of elements: [Element], position: (Element) -> String) throws -> Page<Element> {
        let positioned = elements.map { (position: position($0), element: $0) }.sorted { $0.position < $1.position }
        do {
            let page = try Pagination.page(positioned, after: marker, limit: limit, position: \.position)
            return Page(items: page.items.map(\.element), nextToken: page.nextToken)
        } catch {
            throw InvalidInput(problems: [
                InputProblem(
                    field: "marker", value: marker, kind: .constraint("Member must be a marker of an earlier answer"))
            ])
        }
    }

    /// Whether there is more, and from where.
    static func ending<Element>(of page: Page<Element>) -> [XMLElement] {
        [XMLElement("IsTruncated", page.nextToken == nil ? "false" : "true")]
            + (page.nextToken.map { [XMLElement("Marker", $0)] } ?? [])
    }
}
