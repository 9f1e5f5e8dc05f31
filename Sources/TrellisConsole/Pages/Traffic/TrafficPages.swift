import TrellisAPI
import TrellisModel
package import TrellisTraffic

/// Pages to look at what passes: maps, the last hour, the last requests.
package struct TrafficPages: Sendable {
    let operations: Operations
    let monitor: TrafficMonitor

    package init(operations: Operations, monitor: TrafficMonitor) {
        self.operations = operations
        self.monitor = monitor
    }

    package var routes: [ConsoleRoute] {
        [
            ConsoleRoute("GET", "/console/traffic") { .page(try await networks($0)) },
            ConsoleRoute("GET", "/console/service-networks/{id}/map") { .page(try await map($0)) },
            ConsoleRoute("GET", "/console/service-networks/{id}/map/events") { .response(try await mapEvents($0)) },
        ] + HourPages(operations: operations, monitor: monitor).routes + RequestPages(monitor: monitor).routes
    }

    static let crumb = Page.Crumb("Traffic", ConsolePath.make("traffic"))

    private func networks(_ request: PageRequest) async throws -> Page {
        let list = ResourceList(
            "Service networks", source: .lattice(operations, ["servicenetworks"]),
            columns: [
                .init("Map of"), .init("Services", isNumber: true), .init("VPCs", isNumber: true),
            ],
            empty: "There are no service networks yet."
        ) { network in
            [
                .link(
                    network["name"]?.text ?? "",
                    to: ConsolePath.make("service-networks", network["id"]?.text ?? "", "map")),
                "\(network["numberOfAssociatedServices"]?.integer ?? 0)",
                "\(network["numberOfAssociatedVPCs"]?.integer ?? 0)",
            ]
        }
        return Page(
            "Traffic", in: .traffic,
            content: """
                <p>The map of a service network shows which way requests take, how many there are, and how long they take.</p>
                <p><a class="button" href="\(ConsolePath.make("requests"))">Last requests</a></p>
                \(try await list.html(request))
                """)
    }

    // MARK: Map

    private func map(_ request: PageRequest) async throws -> Page {
        let token = request.query["next"].flatMap { $0.isEmpty ? nil : $0 }
        let map = try await NetworkMapReader(operations: operations).read(request.label("id"), after: token)
        let drawing = MapDrawing(map: map, traffic: await monitor.edges(of: map.network))
        let next: HTML? = map.next.map {
            .link("Next services", to: ConsolePath.append([("next", $0)], to: request.path))
        }
        let first: HTML? = token.map { _ in .link("First services", to: request.path) }
        let pager: HTML =
            next == nil && first == nil ? .empty : "<nav class=\"tools\" aria-label=\"Pages\">\(first) \(next)</nav>"
        return Page(
            "Map of \(map.name)", in: .traffic, crumbs: [Self.crumb], scripts: ["traffic.js"], refreshSeconds: 5,
            content: """
                <p>Requests a second over the last \(LiveTraffic.window) seconds, the time within which half of them were
                answered, and errors. <a href="\(request.path)">Reload</a></p>
                <p id="live" class="hint" data-events="\(ConsolePath.make("service-networks", map.network.rawValue, "map", "events"))"
                data-live="Numbers are live." data-lost="Numbers are not live now: the server does not answer.">Numbers are of
                the moment at which the page was made.</p>
                \(drawing.drawing)
                \(pager)
                <h2>The same as a list</h2>
                \(drawing.list)
                """)
    }

    private func mapEvents(_ request: PageRequest) async throws -> APIResponse {
        let network = try await operations.call(.lattice, "GET", ["servicenetworks", request.label("id")])
        guard let id = network["id"]?.text.flatMap({ ServiceNetworkID($0) }) else { return APIResponse(status: 404) }
        return EventStream.response(monitor) { Self.rates(await monitor.edges(of: id)) }
    }

    /// `{"<edge>": ["<text>", "<state>"]}`: edges that are not there have had no requests.
    static func rates(_ traffic: EdgeTraffic) -> JSONValue {
        var rates: [String: JSONValue] = [:]
        for edge in traffic.counts.keys {
            let rate = traffic[edge]
            rates[edge.key] = .array([.string(RateText.edge(rate)), .string(MapDrawing.state(rate))])
        }
        return .object(["rates": .object(rates)])
    }
}
