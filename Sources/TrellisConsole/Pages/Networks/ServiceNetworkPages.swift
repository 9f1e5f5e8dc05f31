import TrellisAPI

/// `/console/service-networks` and below.
struct ServiceNetworkPages {
    var operations: Operations

    var routes: [ConsoleRoute] {
        let network = "/console/service-networks/{id}"
        return [
            ConsoleRoute("GET", "/console/service-networks") { .page(try await list($0)) },
            ConsoleRoute("GET", "/console/service-networks/create") { .page(creation($0, NamedForm(), FormErrors())) },
            ConsoleRoute("POST", "/console/service-networks/create") { try await create($0) },
            ConsoleRoute("GET", network) { .page(try await details($0, FormErrors())) },
            ConsoleRoute("POST", "\(network)/services") { try await associateService($0) },
            ConsoleRoute("POST", "\(network)/vpcs") { try await associateVPC($0) },
            ConsoleRoute("GET", "\(network)/delete") { .page(try await deletion($0).page($0)) },
            ConsoleRoute("POST", "\(network)/delete") { try await deletion($0).answer($0) },
            ConsoleRoute("GET", "\(network)/services/{association}/delete") { .page(serviceRemoval($0).page($0)) },
            ConsoleRoute("POST", "\(network)/services/{association}/delete") {
                try await serviceRemoval($0).answer($0)
            },
            ConsoleRoute("GET", "\(network)/vpcs/{association}/delete") { .page(vpcRemoval($0).page($0)) },
            ConsoleRoute("POST", "\(network)/vpcs/{association}/delete") { try await vpcRemoval($0).answer($0) },
        ]
    }

    private static let root = ConsolePath.make("service-networks")
    private static let crumb = Page.Crumb("Service networks", root)

    static func path(_ id: String) -> String { ConsolePath.make("service-networks", id) }

    private func list(_ request: PageRequest) async throws -> Page {
        let list = ResourceList(
            "Service networks", source: .lattice(operations, ["servicenetworks"]),
            columns: [
                .init("Name"), .init("Services", isNumber: true), .init("VPCs", isNumber: true), .init("Created"),
            ],
            empty: "There are no service networks yet."
        ) { network in
            [
                .link(network["name"]?.text ?? "", to: Self.path(network["id"]?.text ?? "")),
                "\(network["numberOfAssociatedServices"]?.integer ?? 0)",
                "\(network["numberOfAssociatedVPCs"]?.integer ?? 0)", "\(network["createdAt"]?.text)",
            ]
        }
        return Page(
            "Service networks", in: .serviceNetworks,
            content: """
                <p>Clients in a VPC of a service network reach the services that are associated with it.</p>
                <p><a class="button primary" href="\(Self.root)/create">Create service network</a></p>
                \(try await list.html(request))
                """)
    }

    private func creation(_ request: PageRequest, _ network: NamedForm, _ errors: FormErrors) -> Page {
        let form = Form(
            request.path, submit: "Create service network", submitValue: "create", cancelPath: Self.root,
            fields: errors.html
                + network.fields(
                    "Service network name", hint: "3 to 63 lower-case letters, digits and hyphens.", errors))
        return Page("Create service network", in: .serviceNetworks, crumbs: [Self.crumb], content: form.html(request))
    }

    private func create(_ request: PageRequest) async throws -> ConsoleAnswer {
        var network = NamedForm(request.form)
        if network.tags.apply(request.form.action) { return .page(creation(request, network, FormErrors())) }
        switch await network.create(operations, ["servicenetworks"]) {
        case .success(let created):
            return .redirect(
                to: Self.path(created["id"]?.text ?? ""), Notice(.done, "Service network \(network.name) was created."))
        case .failure(let problem): return .page(creation(request, network, problem.errors))
        }
    }

    // MARK: One service network

    private func details(_ request: PageRequest, _ errors: FormErrors) async throws -> Page {
        let id = request.label("id")
        let network = try await operations.call(.lattice, "GET", ["servicenetworks", id])
        let path = Self.path(id)
        return Page(
            network["name"]?.text ?? id, in: .serviceNetworks, crumbs: [Self.crumb],
            content: """
                <div class="buttons"><a class="button" href="\(ConsolePath.make("service-networks", id, "map"))">Map</a>
                <a class="button" href="\(AuthPolicyPages.path("service-networks", id))">Auth policy</a>
                <a class="button" href="\(path)/delete">Delete</a></div>
                \(errors.html)
                \(Details([
                    ("Auth type", network["authType"]?.text.map { "\($0)" }),
                    ("Services", "\(network["numberOfAssociatedServices"]?.integer ?? 0)"),
                    ("VPCs", "\(network["numberOfAssociatedVPCs"]?.integer ?? 0)"),
                    ("Created", network["createdAt"]?.text.map { "\($0)" }), ("ARN", network["arn"]?.text.map { "\($0)" }),
                ]).html)
                <h2 id="services">Services</h2>
                \(try await services(request))
                \(Form("\(path)/services", submit: "Associate service", fields: Field(
                    "service", "Service", .suggestions(try await serviceIDs()), value: request.form["service"],
                    hint: "The id or ARN of a service.", error: errors["service"]).html).html(request))
                <h2 id="vpcs">VPCs</h2>
                \(try await vpcs(request))
                \(Form("\(path)/vpcs", submit: "Associate VPC", fields: Field(
                    "vpc", "VPC", value: request.form["vpc"], hint: "For example vpc-0a1b2c3d.", error: errors["vpc"]
                ).html).html(request))
                <h2 id="tags">Tags</h2>
                \(try await TagsSection(operations: operations, arn: network["arn"]?.text ?? "").html(backTo: path))
                """)
    }

    /// The first 100 services, as suggestions.
    private func serviceIDs() async throws -> [String] {
        let answer = try await operations.call(.lattice, "GET", ["services"], query: ["maxResults": "100"])
        return (answer["items"]?.elements ?? []).compactMap { $0["id"]?.text }
    }

    private func services(_ request: PageRequest) async throws -> HTML {
        let id = request.label("id")
        let answer = try await operations.call(
            .lattice, "GET", ["servicenetworkserviceassociations"],
            query: ["serviceNetworkIdentifier": id, "maxResults": "100", "nextToken": request.query["services"]])
        let rows = (answer["items"]?.elements ?? []).map { association -> [HTML] in
            let name = association["serviceName"]?.text ?? ""
            let remove = "\(Self.path(id))/services/\(association["id"]?.text ?? "")/delete"
            return [
                .link(name, to: ConsolePath.make("services", association["serviceId"]?.text ?? "")),
                .status(association["status"]?.text) ?? .empty, "\(association["dnsEntry"]?["domainName"]?.text)",
                "<a class=\"button\" href=\"\(remove)\" aria-label=\"Disassociate \(name)\">Disassociate</a>",
            ]
        }
        let table = Table(
            "Service associations",
            columns: [.init("Service"), .init("Status"), .init("Domain name"), .init("Actions")],
            rows: rows, empty: "No service is associated.")
        return table.html + nextLink(answer, "services", request)
    }

    private func vpcs(_ request: PageRequest) async throws -> HTML {
        let id = request.label("id")
        let answer = try await operations.call(
            .lattice, "GET", ["servicenetworkvpcassociations"],
            query: ["serviceNetworkIdentifier": id, "maxResults": "100", "nextToken": request.query["vpcs"]])
        let rows = (answer["items"]?.elements ?? []).map { association -> [HTML] in
            let vpc = association["vpcId"]?.text ?? ""
            let remove = "\(Self.path(id))/vpcs/\(association["id"]?.text ?? "")/delete"
            return [
                "\(vpc)", .status(association["status"]?.text) ?? .empty,
                "<a class=\"button\" href=\"\(remove)\" aria-label=\"Disassociate \(vpc)\">Disassociate</a>",
            ]
        }
        let table = Table(
            "VPC associations", columns: [.init("VPC"), .init("Status"), .init("Actions")], rows: rows,
            empty: "No VPC is associated.")
        return table.html + nextLink(answer, "vpcs", request)
    }

    private func nextLink(_ answer: JSONValue, _ name: String, _ request: PageRequest) -> HTML {
        guard let token = answer["nextToken"]?.text else { return .empty }
        return "<p>\(HTML.link("Next \(name)", to: ConsolePath.append([(name, token)], to: request.path)))</p>"
    }

    private func associateService(_ request: PageRequest) async throws -> ConsoleAnswer {
        try await associate(
            request, ["servicenetworkserviceassociations"], member: "serviceIdentifier", input: "service",
            done: "The service is being associated.")
    }

    private func associateVPC(_ request: PageRequest) async throws -> ConsoleAnswer {
        try await associate(
            request, ["servicenetworkvpcassociations"], member: "vpcIdentifier", input: "vpc",
            done: "The VPC is being associated.")
    }

    private func associate(
        _ request: PageRequest, _ path: [String], member: String, input: String, done: String
    ) async throws -> ConsoleAnswer {
        let id = request.label("id")
        do {
            try await operations.call(
                .lattice, "POST", path,
                .object(["serviceNetworkIdentifier": .string(id), member: .string(request.form[input])]))
        } catch {
            guard error.status < 500 else { throw error }
            let errors =
                error.fields.isEmpty
                ? FormErrors(fields: [input: error.message]) : FormErrors(error) { $0 == member ? input : nil }
            return .page(try await details(request, errors))
        }
        return .redirect(to: Self.path(id), Notice(.done, done))
    }

    // MARK: Removal

    private func deletion(_ request: PageRequest) async throws -> Confirmation {
        let id = request.label("id")
        let network = try await operations.call(.lattice, "GET", ["servicenetworks", id])
        let name = network["name"]?.text ?? id
        let operations = operations
        return Confirmation(
            title: "Delete service network", section: .serviceNetworks,
            crumbs: [Self.crumb, .init(name, Self.path(id))],
            cancelPath: Self.path(id), text: "\(name) is deleted; its services stay.", submit: "Delete",
            donePath: Self.root, done: "Service network \(name) was deleted."
        ) { try await operations.call(.lattice, "DELETE", ["servicenetworks", id]) }
    }

    private func serviceRemoval(_ request: PageRequest) -> Confirmation {
        removal(request, "servicenetworkserviceassociations", of: "The service", title: "Disassociate service")
    }

    private func vpcRemoval(_ request: PageRequest) -> Confirmation {
        removal(request, "servicenetworkvpcassociations", of: "The VPC", title: "Disassociate VPC")
    }

    private func removal(_ request: PageRequest, _ kind: String, of what: String, title: String) -> Confirmation {
        let path = Self.path(request.label("id"))
        let association = request.label("association")
        let operations = operations
        return Confirmation(
            title: title, section: .serviceNetworks, crumbs: [Self.crumb, .init(request.label("id"), path)],
            cancelPath: path, text: "\(what) is not reached through this service network any more.",
            submit: "Disassociate",
            donePath: path, done: "\(what) is being disassociated."
        ) { try await operations.call(.lattice, "DELETE", [kind, association]) }
    }
}
