import TrellisAPI

/// `/console/target-groups/{id}`: details and targets.
struct TargetGroupPage {
    private let operations: Operations
    private let request: PageRequest
    private let id: String

    init(_ operations: Operations, _ request: PageRequest) {
        self.operations = operations
        self.request = request
        id = request.label("id")
    }

    func page() async throws -> Page {
        let group = try await operations.call(.lattice, "GET", ["targetgroups", id])
        let isLambda = group["type"]?.text == "LAMBDA"
        let edit: HTML = isLambda ? "<a class=\"button\" href=\"\(path("edit"))\">Edit</a>" : .empty
        return Page(
            group["name"]?.text ?? id, in: .targetGroups,
            crumbs: [.init("Target groups", ConsolePath.make("target-groups"))],
            content: """
                <div class="buttons"><a class="button" href="\(path("traffic"))">Traffic</a>\(edit)<a class="button" href="\(path("delete"))">Delete</a></div>
                \(details(of: group))
                <h2 id="targets">Targets</h2>
                <p><a class="button primary" href="\(path("register"))">Register targets</a></p>
                \(try await targets())
                <h2 id="tags">Tags</h2>
                \(try await TagsSection(operations: operations, arn: group["arn"]?.text ?? "").html(backTo: path()))
                """)
    }

    private func path(_ more: String...) -> String {
        ([ConsolePath.make("target-groups", id)] + more).joined(separator: "/")
    }

    private func details(of group: JSONValue) -> HTML {
        let config = group["config"]
        let services = (group["serviceArns"]?.elements ?? []).compactMap(\.text).map { arn -> HTML in
            let id = arn.split(separator: "/").last.map(String.init) ?? arn
            return "\(HTML.link(id, to: ConsolePath.make("services", id))) "
        }
        return Details([
            ("Target type", group["type"]?.text.map { "\($0)" }), ("Status", .status(group["status"]?.text)),
            ("Lambda event structure version", config?["lambdaEventStructureVersion"]?.text.map { "\($0)" }),
            ("Protocol", config?["protocol"]?.text.map { "\($0)" }),
            ("Protocol version", config?["protocolVersion"]?.text.map { "\($0)" }),
            ("Port", config?["port"]?.integer.map { "\($0)" }),
            ("VPC", config?["vpcIdentifier"]?.text.map { "\($0)" }),
            ("Used by services", services.isEmpty ? "none" : HTML(services)),
            ("Created", group["createdAt"]?.text.map { "\($0)" }), ("ARN", group["arn"]?.text.map { "\($0)" }),
        ]).html
    }

    /// The first 100 targets, and a link to the next ones.
    private func targets() async throws -> HTML {
        let answer = try await operations.call(
            .lattice, "POST", ["targetgroups", id, "listtargets"],
            query: ["maxResults": "100", "nextToken": request.query["next"]], .object([:]))
        let rows = (answer["items"]?.elements ?? []).map(row)
        let table = Table(
            "Targets", columns: [.init("Target"), .init("Port"), .init("Status"), .init("Reason"), .init("Actions")],
            rows: rows,
            empty: "No target is registered.")
        let next = answer["nextToken"]?.text.map { token -> HTML in
            "<p>\(HTML.link("Next targets", to: ConsolePath.make("target-groups", id, query: ["next": token])))</p>"
        }
        return "\(table.html)\(next)"
    }

    private func row(_ target: JSONValue) -> [HTML] {
        let targetID = target["id"]?.text ?? ""
        let port = target["port"]?.integer.map(String.init) ?? ""
        let query = ConsolePath.append([("target", targetID), ("port", port)], to: path("deregister"))
        let isFunction = targetID.hasPrefix("arn:aws:lambda:")
        let function = targetID.split(separator: ":").dropFirst(6).first.map(String.init) ?? ""
        return [
            isFunction ? .link(targetID, to: ConsolePath.make("functions", function)) : "\(targetID)",
            "\(port.isEmpty ? "–" : port)",
            .status(target["status"]?.text) ?? .empty, "\(target["reasonCode"]?.text ?? "–")",
            "<a class=\"button\" href=\"\(query)\" aria-label=\"Deregister \(targetID)\">Deregister</a>",
        ]
    }
}
