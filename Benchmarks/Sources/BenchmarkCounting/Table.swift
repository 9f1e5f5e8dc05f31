/// One line of the table.
struct Row {
    var name: String
    var counts: Counts
    var threshold: Counts?
    var throughput: Throughput?
    /// What is wrong, empty if nothing is.
    var complaints: [String]
}

package enum Table {
    static func text(_ rows: [Row]) -> String {
        let header = ["case", "allocations", "instructions", "threshold", "GB/s", "× memcpy (least … most)", ""]
        let cells = [header] + rows.map(cells)
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            row.indices.map { pad(row[$0], to: widths[$0], isText: $0 == 0 || $0 == row.count - 1) }
                .joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func cells(of row: Row) -> [String] {
        [
            row.name, "\(row.counts.allocations)", "\(row.counts.instructions)",
            row.threshold.map { "\($0.allocations), \($0.instructions)" } ?? "-",
            row.throughput.map { decimal($0.gigabytesPerSecond) } ?? "",
            row.throughput.map { text($0.toMemcpy) } ?? "",
            row.complaints.isEmpty ? "ok" : "FAILED: " + row.complaints.joined(separator: "; "),
        ]
    }

    package static func text(_ ratios: Ratios) -> String {
        "\(decimal(ratios.median)) (\(decimal(ratios.least)) … \(decimal(ratios.greatest)))"
    }

    static func decimal(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    private static func pad(_ text: String, to width: Int, isText: Bool) -> String {
        let blanks = String(repeating: " ", count: max(0, width - text.count))
        return isText ? text + blanks : blanks + text
    }
}
