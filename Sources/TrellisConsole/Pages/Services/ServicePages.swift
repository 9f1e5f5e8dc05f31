import TrellisAPI

/// `/console/services` and one service below.
struct ServicePages {
    var operations: Operations
    /// Added to listener ports under 1024.
    var portOffset: Int

    var routes: [ConsoleRoute] {
        let service = "/console/services/{id}"
        return [
            ConsoleRoute("GET", "/console/services") { .page(try await list($0)) },
            ConsoleRoute("GET", "/console/services/create") { .page(creation($0, NamedForm(), FormErrors())) },
            ConsoleRoute("POST", "/console/services/create") { try await create($0) },
            ConsoleRoute("GET", service) { .page(try await details($0)) },
            ConsoleRoute("GET", "\(service)/delete") { .page(try await deletion($0).page($0)) },
            ConsoleRoute("POST", "\(service)/delete") { try await deletion($0).answer($0) },
        ]
    }

    private static let root = ConsolePath.make("services")
    static let crumb = Page.Crumb("Services", root)

    static func path(_ id: String) -> String { ConsolePath.make("services", id) }

    private func list(_ request: PageRequest) async throws -> Page {
        let list = ResourceList(
            "Services", source: .lattice(operations, ["services"]),
            columns: [.init("Name"), .init("Status"), .init("Domain name"), .init("Created")],
            empty: "There are no services yet."
        ) { service in
            [
                .link(service["name"]?.text ?? "", to: Self.path(service["id"]?.text ?? "")),
                HTML.status(service["status"]?.text) ?? .empty,
                "\(service["customDomainName"]?.text ?? service["dnsEntry"]?["domainName"]?.text)",
                "\(service["createdAt"]?.text)",
            ]
        }
        return Page(
            "Services", in: .services,
            content: """
                <p>A service is what clients call: its listeners take requests, and rules say where they go.</p>
                <p><a class="button primary" href="\(Self.root)/create">Create service</a></p>
                \(try await list.html(request))
                """)
    }

    private func creation(_ request: PageRequest, _ service: NamedForm, _ errors: FormErrors) -> Page {
        let form = Form(
            request.path, submit: "Create service", submitValue: "create", cancelPath: Self.root,
            fields: errors.html
                + service.fields(
                    "Service name", hint: "3 to 40 lower-case letters, digits and hyphens.", takesDomain: true, errors))
        return Page("Create service", in: .services, crumbs: [Self.crumb], content: form.html(request))
    }

    private func create(_ request: PageRequest) async throws -> ConsoleAnswer {
        var service = NamedForm(request.form)
        if service.tags.apply(request.form.action) { return .page(creation(request, service, FormErrors())) }
        switch await service.create(operations, ["services"]) {
        case .success(let created):
            return .redirect(
                to: Self.path(created["id"]?.text ?? ""),
                Notice(
                    .done,
                    "Service \(service.name) was created. Add a listener, and associate it with a service network."))
        case .failure(let problem): return .page(creation(request, service, problem.errors))
        }
    }

    // MARK: One service

    private func details(_ request: PageRequest) async throws -> Page {
        let id = request.label("id")
        let service = try await operations.call(.lattice, "GET", ["services", id])
        let name = service["name"]?.text ?? id
        let path = Self.path(id)
        return Page(
            name, in: .services, crumbs: [Self.crumb],
            content: """
                <div class="buttons"><a class="button" href="\(ConsolePath.make("services", id, "traffic"))">Traffic</a>
                <a class="button" href="\(AuthPolicyPages.path("services", id))">Auth policy</a>
                <a class="button" href="\(path)/delete">Delete</a></div>
                \(Details([
                    ("Status", .status(service["status"]?.text)), ("Auth type", service["authType"]?.text.map { "\($0)" }),
                    ("Domain name", service["dnsEntry"]?["domainName"]?.text.map { "\($0)" }),
                    ("Custom domain name", service["customDomainName"]?.text.map { "\($0)" }),
                    ("Created", service["createdAt"]?.text.map { "\($0)" }), ("ARN", service["arn"]?.text.map { "\($0)" }),
                ]).html)
                <h2 id="listeners">Listeners</h2>
                <p><a class="button primary" href="\(path)/listeners/create">Add listener</a></p>
                \(try await listeners(request, name))
                <h2 id="networks">Service networks</h2>
                \(try await networks(request))
                <h2 id="tags">Tags</h2>
                \(try await TagsSection(operations: operations, arn: service["arn"]?.text ?? "").html(backTo: path))
                """)
    }

    private func listeners(_ request: PageRequest, _ name: String) async throws -> HTML {
        let id = request.label("id")
        let answer = try await operations.call(
            .lattice, "GET", ["services", id, "listeners"],
            query: ["maxResults": "100", "nextToken": request.query["listeners"]])
        let rows = (answer["items"]?.elements ?? []).map { listener -> [HTML] in
            let port = listener["port"]?.integer ?? 0
            return [
                .link(listener["name"]?.text ?? "", to: ListenerPages.path(id, listener["id"]?.text ?? "")),
                "\(listener["protocol"]?.text)", "\(port)",
                "<code>\(url(of: name, listener["protocol"]?.text ?? "", port))</code>",
            ]
        }
        let next = answer["nextToken"]?.text.map { token -> HTML in
            "<p>\(HTML.link("Next listeners", to: ConsolePath.append([("listeners", token)], to: request.path)))</p>"
        }
        let table = Table(
            "Listeners",
            columns: [
                .init("Name"), .init("Protocol"), .init("Port", isNumber: true), .init("Address on this machine"),
            ],
            rows: rows, empty: "There is no listener: the service takes no requests.")
        return "\(table.html)\(next)"
    }

    /// Where a client on the machine of the server finds a listener.
    private func url(of name: String, _ proto: String, _ port: Int) -> String {
        let bound = port < 1024 ? port + portOffset : port
        return "\(proto == "HTTP" ? "http" : "https")://\(name).localhost:\(bound)/"
    }

    private func networks(_ request: PageRequest) async throws -> HTML {
        let answer = try await operations.call(
            .lattice, "GET", ["servicenetworkserviceassociations"],
            query: ["serviceIdentifier": request.label("id"), "maxResults": "100"])
        let rows = (answer["items"]?.elements ?? []).map { association -> [HTML] in
            [
                .link(
                    association["serviceNetworkName"]?.text ?? "",
                    to: ServiceNetworkPages.path(association["serviceNetworkId"]?.text ?? "")),
                .status(association["status"]?.text) ?? .empty,
            ]
        }
        return Table(
            "Service networks", columns: [.init("Service network"), .init("Status")], rows: rows,
            empty: "The service is in no service network: nobody reaches it. Open a service network to associate it."
        ).html
    }

    private func deletion(_ request: PageRequest) async throws -> Confirmation {
        let id = request.label("id")
        let service = try await operations.call(.lattice, "GET", ["services", id])
        let name = service["name"]?.text ?? id
        let operations = operations
        return Confirmation(
            title: "Delete service", section: .services, crumbs: [Self.crumb, .init(name, Self.path(id))],
            cancelPath: Self.path(id), text: "\(name), its listeners and their rules are deleted.", submit: "Delete",
            donePath: Self.root, done: "Service \(name) is being deleted."
        ) { try await operations.call(.lattice, "DELETE", ["services", id]) }
    }
}
