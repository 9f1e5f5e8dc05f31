import TrellisAPI
import TrellisModel
import TrellisTraffic

/// The last hour of a service or a target group, and the switch for the bodies of a service.
struct HourPages: Sendable {
    var operations: Operations
    var monitor: TrafficMonitor

    var routes: [ConsoleRoute] {
        [
            ConsoleRoute("GET", "/console/services/{id}/traffic") { .page(try await service($0)) },
            ConsoleRoute("POST", "/console/services/{id}/capture") { try await capture($0) },
            ConsoleRoute("GET", "/console/target-groups/{id}/traffic") { .page(try await targetGroup($0)) },
        ]
    }

    private func service(_ request: PageRequest) async throws -> Page {
        let (id, name) = try await resource("services", request) { ServiceID($0) }
        let requests = ConsolePath.make("requests", query: ["service": id.rawValue])
        let hour = HourChart(minutes: await monitor.hour(of: .service(id.rawValue)))
        return Page(
            "Traffic of \(name)", in: .traffic,
            crumbs: [TrafficPages.crumb, Page.Crumb(name, ConsolePath.make("services", id.rawValue))],
            refreshSeconds: 30,
            content: """
                <p>The last hour. <a href="\(request.path)">Reload</a> · <a href="\(requests)">Last requests to the service</a></p>
                \(hour.html)
                \(captureForm(request, id))
                """)
    }

    private func targetGroup(_ request: PageRequest) async throws -> Page {
        let (id, name) = try await resource("targetgroups", request) { TargetGroupID($0) }
        let hour = HourChart(minutes: await monitor.hour(of: .targetGroup(id.rawValue)))
        return Page(
            "Traffic of \(name)", in: .traffic,
            crumbs: [TrafficPages.crumb, Page.Crumb(name, ConsolePath.make("target-groups", id.rawValue))],
            refreshSeconds: 30,
            content: "<p>The last hour. <a href=\"\(request.path)\">Reload</a></p>\(hour.html)")
    }

    private func resource<ID>(
        _ kind: String, _ request: PageRequest, _ make: (String) -> ID?
    ) async throws -> (id: ID, name: String) {
        let found = try await operations.call(.lattice, "GET", [kind, request.label("id")])
        guard let id = found["id"]?.text.flatMap(make) else { throw Unreadable() }
        return (id, found["name"]?.text ?? "")
    }

    private struct Unreadable: Error {}

    // MARK: Bodies

    private func captureForm(_ request: PageRequest, _ service: ServiceID) -> HTML {
        let end = monitor.captureEnd(of: service)
        let path = ConsolePath.make("services", service.rawValue, "capture")
        let state: HTML =
            end.map { "Bodies are kept until \($0.iso8601Seconds)." }
            ?? "Bodies are not kept. Requests show their headers, without secrets."
        return """
            <h2>Bodies of requests and answers</h2>
            <p>\(state) What is kept is in the memory of the server only: the first \(CapturedBody.byteLimit / 1024) KiB of each
            body, for fifteen minutes, then the switch goes off by itself. Secrets in bodies are not masked.</p>
            <form method="post" action="\(path)">\(Form.csrfField(request.session.csrfToken))
            \(end == nil ? Form.button("Keep bodies", do: "start") : Form.button("Keep no bodies any more", do: "stop"))
            </form>
            """
    }

    private func capture(_ request: PageRequest) async throws -> ConsoleAnswer {
        let (id, _) = try await resource("services", request) { ServiceID($0) }
        let page = ConsolePath.make("services", id.rawValue, "traffic")
        guard request.form.action == "start" else {
            await monitor.stopCapture(of: id)
            return .redirect(to: page, Notice(.done, "Bodies are not kept any more."))
        }
        guard await monitor.startCapture(of: id) else {
            return .redirect(
                to: page,
                Notice(
                    .problem,
                    "Bodies of \(TrafficMonitor.captureLimit) services are kept already: end one of them first."))
        }
        return .redirect(to: page, Notice(.done, "Bodies are kept from now on."))
    }
}
