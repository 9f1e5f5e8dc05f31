import TrellisAPI
import TrellisModel
import TrellisTraffic

/// `/console/requests` and below: the last requests, and one of them.
struct RequestPages: Sendable {
    static let pageSize = 50

    var monitor: TrafficMonitor

    var routes: [ConsoleRoute] {
        [
            ConsoleRoute("GET", "/console/requests") { .page(list($0)) },
            ConsoleRoute("GET", "/console/requests/events") { .response(events($0)) },
            ConsoleRoute("GET", "/console/requests/{number}") { .page(one($0)) },
        ]
    }

    static let crumb = Page.Crumb("Last requests", ConsolePath.make("requests"))

    // MARK: List

    private func list(_ request: PageRequest) -> Page {
        let service = Self.service(request)
        let found = monitor.journal.records(of: service, limit: Self.pageSize)
        let table = Table(
            "Last requests, newest first", columns: RequestRow.columns,
            rows: found.records.map { RequestRow($0).cells }, empty: "There were no requests yet.")
        let skipped: HTML =
            found.skipped > 0
            ? """
            <p class="hint">There were many requests at times: \(RateText.count(found.skipped)) of them are not in the list.</p>
            """
            : .empty
        let of: HTML = service.map { " of \($0.rawValue) (<a href=\"\(request.path)\">all</a>)" } ?? .empty
        let query = service.map { [("service", $0.rawValue)] } ?? []
        let events = ConsolePath.append(
            query + [("after", String(found.last))], to: ConsolePath.make("requests", "events"))
        return Page(
            "Last requests", in: .traffic, crumbs: [TrafficPages.crumb], scripts: ["traffic.js"], refreshSeconds: 5,
            content: """
                <p>The last requests\(of), in memory only, at most \(Self.pageSize) here.
                <a href="\(ConsolePath.append(query, to: request.path))">Reload</a></p>
                <p id="live" class="hint" data-events="\(events)" data-live="New requests appear by themselves."
                data-lost="New requests do not appear now: the server does not answer.">Reload to see new requests.</p>
                <div id="requests" data-limit="\(Self.pageSize)" data-last="\(RateText.count(found.last))">\(table.html)</div>\(skipped)
                """)
    }

    private static func service(_ request: PageRequest) -> ServiceID? {
        request.query["service"].flatMap { ServiceID($0) }
    }

    /// `{"rows": [["<path>", "<cell>", …], …]}`, the oldest first; one that connects again gets some of them again.
    private func events(_ request: PageRequest) -> APIResponse {
        let service = Self.service(request)
        let seen = LastSeen(request.query["after"].flatMap { UInt64($0) } ?? 0)
        return EventStream.response(monitor) {
            let found = monitor.journal.records(after: seen.number, of: service, limit: Self.pageSize)
            seen.number = found.last
            guard !found.records.isEmpty else { return nil }
            return .object([
                "rows": .array(found.records.reversed().map { .array(RequestRow($0).texts.map { .string($0) }) })
            ])
        }
    }

    // MARK: One

    private func one(_ request: PageRequest) -> Page {
        guard let number = UInt64(request.label("number")), let record = monitor.journal.record(number) else {
            return Page(
                "Not found", in: .traffic, crumbs: [TrafficPages.crumb, Self.crumb], status: 404,
                content: "<p>The request is not there any more: only the last ones are kept.</p>")
        }
        return RequestReport(record: record).page
    }
}
