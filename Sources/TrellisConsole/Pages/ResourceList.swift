package import TrellisAPI

/// A list that is read page by page, and searched in bounded steps.
package struct ResourceList: Sendable {
    /// How many entries one search reads before it asks to go on.
    static let searchLimit = 2_000
    static let pageSize = 50

    package struct Source: Sendable {
        /// Reads one page of at most `limit` entries after a token.
        package var page:
            @Sendable (_ token: String?, _ limit: Int) async throws -> (entries: [JSONValue], next: String?)
        /// Texts that a search looks into.
        package var searched: @Sendable (JSONValue) -> [String]

        package init(
            page:
                @escaping @Sendable (_ token: String?, _ limit: Int) async throws -> (
                    entries: [JSONValue], next: String?
                ),
            searched: @escaping @Sendable (JSONValue) -> [String] = { entry in
                [entry["name"]?.text, entry["id"]?.text].compactMap(\.self)
            }
        ) {
            self.page = page
            self.searched = searched
        }

        /// A list operation of vpc-lattice.
        package static func lattice(
            _ operations: Operations, _ path: [String], query: KeyValuePairs<String, String?> = [:],
            searched: @escaping @Sendable (JSONValue) -> [String] = { entry in
                [entry["name"]?.text, entry["id"]?.text].compactMap(\.self)
            }
        ) -> Source {
            let filters = query.map { ($0.key, $0.value) }
            return Source(
                page: { token, limit in
                    var items: [(String, String?)] = filters
                    items.append(("maxResults", String(min(limit, 100))))
                    items.append(("nextToken", token))
                    let answer = try await operations.call(.lattice, "GET", path, items: items)
                    return (answer["items"]?.elements ?? [], answer["nextToken"]?.text)
                }, searched: searched)
        }
    }

    package var source: Source
    package var caption: String
    package var columns: [Table.Column]
    package var empty: HTML
    package var row: @Sendable (JSONValue) -> [HTML]

    package init(
        _ caption: String, source: Source, columns: [Table.Column], empty: HTML,
        row: @escaping @Sendable (JSONValue) -> [HTML]
    ) {
        self.source = source
        self.caption = caption
        self.columns = columns
        self.empty = empty
        self.row = row
    }

    /// What one page holds.
    struct Found {
        var entries: [JSONValue] = []
        var next: String?
        /// Of entries that were read for a search; 0 without one.
        var searched = 0
    }

    /// The search box, the rows, and links to the first and the next page.
    package func html(_ request: PageRequest) async throws -> HTML {
        let search = request.query["q"] ?? ""
        let token = request.query["next"].flatMap { $0.isEmpty ? nil : $0 }
        let found = try await find(search, after: token)
        let table = Table(
            caption, columns: columns, rows: found.entries.map(row),
            empty: search.isEmpty ? empty : "Nothing among \(found.searched) entries matches.")
        return """
            <div class="tools"><form method="get" action="\(request.path)" role="search">
            <div><label for="q">Search by name or id</label><input type="search" id="q" name="q" value="\(search)"></div>
            <button>Search</button></form></div>
            \(table.html)
            \(pager(request, search, token, found))
            """
    }

    func find(_ search: String, after token: String?) async throws -> Found {
        guard !search.isEmpty else {
            let page = try await source.page(token, Self.pageSize)
            return Found(entries: page.entries, next: page.next)
        }
        var found = Found(next: token)
        repeat {
            let page = try await source.page(found.next, 100)
            found.searched += page.entries.count
            found.next = page.next
            found.entries += page.entries.filter { entry in
                source.searched(entry).contains { $0.lowercased().contains(search.lowercased()) }
            }
        } while found.next != nil && found.searched < Self.searchLimit && found.entries.count < Self.pageSize
        return found
    }

    private func pager(_ request: PageRequest, _ search: String, _ token: String?, _ found: Found) -> HTML {
        func link(_ text: String, _ next: String?) -> HTML {
            let items = [("q", search), ("next", next ?? "")].filter { !$0.1.isEmpty }
            return .link(text, to: ConsolePath.append(items, to: request.path))
        }
        let links: [HTML] = [
            token.map { _ in link("First page", nil) },
            found.next.map { link(search.isEmpty ? "Next page" : "Search on", $0) },
        ].compactMap(\.self)
        guard !links.isEmpty else { return .empty }
        return "<nav class=\"tools\" aria-label=\"Pages\">\(links)</nav>"
    }
}
