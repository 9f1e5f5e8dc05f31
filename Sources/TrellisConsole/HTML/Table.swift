/// Rows under named columns, in a box that scrolls by itself on narrow screens.
package struct Table: Sendable {
    package struct Column: Sendable {
        package var title: String
        package var isNumber: Bool

        package init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    package var caption: String
    package var columns: [Column]
    /// As many cells in each row as there are columns; the first one names the row.
    package var rows: [[HTML]]
    /// Shown when there are no rows.
    package var empty: HTML

    package init(_ caption: String, columns: [Column], rows: [[HTML]], empty: HTML) {
        self.caption = caption
        self.columns = columns
        self.rows = rows
        self.empty = empty
    }

    package var html: HTML {
        guard !rows.isEmpty else { return "<p class=\"empty\">\(empty)</p>" }
        let heads = columns.map {
            "<th scope=\"col\"\(attribute: "class", $0.isNumber ? "number" : nil)>\($0.title)</th>" as HTML
        }
        return """
            <div class="scroll" role="region" aria-label="\(caption)" tabindex="0"><table>
            <caption>\(caption)</caption>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(rows.map(row))
            </tbody></table></div>
            """
    }

    private func row(_ cells: [HTML]) -> HTML {
        let cells = zip(columns, cells).enumerated().map { index, cell -> HTML in
            index == 0
                ? "<th scope=\"row\">\(cell.1)</th>"
                : "<td\(attribute: "class", cell.0.isNumber ? "number" : nil)>\(cell.1)</td>"
        }
        return "<tr>\(cells)</tr>\n"
    }
}

/// Names and values of one resource.
package struct Details: Sendable {
    package var entries: [(name: String, value: HTML)]

    package init(_ entries: [(name: String, value: HTML?)]) {
        self.entries = entries.compactMap { entry in entry.value.map { (entry.name, $0) } }
    }

    package var html: HTML {
        "<dl class=\"details\">\(entries.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as HTML })</dl>"
    }
}

extension HTML {
    package static func link(_ text: String, to path: String) -> HTML { "<a href=\"\(path)\">\(text)</a>" }

    /// A status in the words of the API, with a colour that only repeats them.
    package static func status(_ status: String?) -> HTML? {
        guard let status else { return nil }
        let kind =
            switch status {
            case "ACTIVE", "HEALTHY", "Active", "Successful": "good"
            case _ where status.contains("FAILED") || status == "UNHEALTHY" || status == "Failed": "bad"
            case _
            where status.contains("PROGRESS") || ["INITIAL", "DRAINING", "Pending", "InProgress"].contains(status):
                "busy"
            default: "neutral"
            }
        return "<span class=\"status \(kind)\">\(status)</span>"
    }
}
