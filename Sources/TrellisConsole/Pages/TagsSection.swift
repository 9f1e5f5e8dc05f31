import TrellisAPI

/// The tags of a resource of vpc-lattice.
struct TagsSection {
    var operations: Operations
    var arn: String

    func html(backTo path: String) async throws -> HTML {
        let tags = try await operations.call(.lattice, "GET", ["tags", arn])["tags"]
        guard case .object(let members)? = tags, !members.isEmpty else {
            return "<p class=\"empty\">There are no tags.</p>"
        }
        return Table(
            "Tags", columns: [.init("Key"), .init("Value")],
            rows: members.sorted { $0.key < $1.key }.map { ["\($0.key)", "\($0.value.text)"] }, empty: .empty
        ).html
    }
}
