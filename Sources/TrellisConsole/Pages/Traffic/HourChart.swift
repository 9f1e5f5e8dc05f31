import TrellisModel
import TrellisTraffic

/// Sixty minutes as a drawing, and those with requests as a table.
struct HourChart {
    static let width = 660
    static let height = 160
    private static let base = 140
    private static let bar = 11

    /// Oldest first.
    var minutes: [TrafficHistory.Minute]

    var html: HTML {
        let total = minutes.reduce(into: TrafficCounts()) { $0.add($1.counts) }
        return """
            \(Details([
                ("Requests", "\(RateText.count(total.requests))"),
                ("Client errors (4xx)", "\(RateText.count(total.clientErrors))"),
                ("Server errors (5xx)", "\(RateText.count(total.serverErrors))"),
                ("Half of them within", "\(RateText.time(total.time.seconds(within: 0.5)))"),
                ("99 % within", "\(RateText.time(total.time.seconds(within: 0.99)))"),
            ]).html)
            <h2>Requests a minute</h2>
            \(requests)
            <p class="hint legend"><span class="ok">answered</span> <span class="client">client errors</span>
            <span class="server">server errors</span></p>
            <h2>Time within which half, and 99 %, were answered</h2>
            \(times)
            <details><summary>Minutes with requests as a table</summary>\(table)</details>
            """
    }

    private var requests: HTML {
        let top = max(1, minutes.map(\.counts.requests).max() ?? 0)
        let bars = minutes.enumerated().map { index, minute -> HTML in
            let counts = minute.counts
            guard counts.requests > 0 else { return .empty }
            let errors = min(counts.requests, counts.errors)
            var y = Self.base
            return HTML(
                [("server", counts.serverErrors), ("client", counts.clientErrors), ("ok", counts.requests - errors)].map
                {
                    kind, count -> HTML in
                    guard count > 0 else { return .empty }
                    let height = max(1, Int(Double(count) / Double(top) * Double(Self.base - 20)))
                    y -= height
                    return """
                        <rect class="\(kind)" x="\(index * Self.bar)" y="\(y)" width="\(Self.bar - 2)" height="\(height)"/>
                        """
                })
        }
        return drawing(
            "Requests a minute over the last hour, at most \(RateText.count(top))", "\(RateText.count(top))", bars)
    }

    private var times: HTML {
        let series = [("median", 0.5), ("slow", 0.99)].map { name, share in
            (name, minutes.map { $0.counts.time.seconds(within: share) })
        }
        let top = series.flatMap(\.1).compactMap(\.self).max() ?? 0
        let marks = series.map { name, values -> HTML in
            HTML(
                values.enumerated().map { index, value -> HTML in
                    guard let value, top > 0 else { return .empty }
                    let y = Self.base - max(2, Int(value / top * Double(Self.base - 20)))
                    return """
                        <rect class="\(name)" x="\(index * Self.bar)" y="\(y)" width="\(Self.bar - 2)" height="3"/>
                        """
                })
        }
        return drawing(
            "Times over the last hour, at most \(RateText.time(top))", RateText.time(top > 0 ? top : nil), marks)
    }

    private func drawing(_ title: String, _ top: String, _ content: [HTML]) -> HTML {
        """
        <div class="scroll chart" role="region" aria-label="\(title)" tabindex="0">
        <svg width="\(Self.width)" height="\(Self.height)" viewBox="0 0 \(Self.width) \(Self.height)" role="img" \
        aria-label="\(title)">
        <line x1="0" y1="\(Self.base)" x2="\(Self.width)" y2="\(Self.base)"/>
        \(content)<text x="0" y="14">\(top)</text><text x="0" y="156">an hour ago</text>\
        <text x="\(Self.width)" y="156" text-anchor="end">now</text>
        </svg></div>
        """
    }

    private var table: HTML {
        let last = minutes.last?.number ?? 0
        return Table(
            "Minutes with requests, newest first",
            columns: [
                .init("Minutes ago", isNumber: true), .init("Requests", isNumber: true),
                .init("Client errors", isNumber: true), .init("Server errors", isNumber: true),
                .init("Half within", isNumber: true), .init("99 % within", isNumber: true),
            ],
            rows: minutes.reversed().filter { $0.counts.requests > 0 }.map { minute in
                [
                    "\(Int(clamping: last - minute.number))", "\(RateText.count(minute.counts.requests))",
                    "\(RateText.count(minute.counts.clientErrors))", "\(RateText.count(minute.counts.serverErrors))",
                    "\(RateText.time(minute.counts.time.seconds(within: 0.5)))",
                    "\(RateText.time(minute.counts.time.seconds(within: 0.99)))",
                ]
            }, empty: "There were no requests in the last hour."
        ).html
    }
}

extension RateText {
    static func count(_ count: UInt64) -> String { String(count) }
}
