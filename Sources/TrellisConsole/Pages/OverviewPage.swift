/// `/console`: where to begin.
struct OverviewPage {
    var operations: Operations

    var routes: [ConsoleRoute] {
        [ConsoleRoute("GET", "/console") { _ in .page(page) }]
    }

    private var page: Page {
        let targetGroups = ConsolePath.make("target-groups", "create")
        let functions = ConsolePath.make("functions", "create")
        let services = ConsolePath.make("services", "create")
        let networks = ConsolePath.make("service-networks", "create")
        return Page(
            "Overview", in: .home,
            content: """
                <p>Requests go from a service network to a service, to a listener, to the first rule that matches, and by weight
                to a target group and its function.</p>
                <h2>The way to a first request</h2>
                <ol>
                <li><a href="\(targetGroups)">Create a target group</a> of the type Lambda function, with a function of yours
                or <a href="\(functions)">a new one</a>.</li>
                <li><a href="\(services)">Create a service</a>, and add a listener that forwards to the target group.</li>
                <li><a href="\(networks)">Create a service network</a>, and associate the service with it.</li>
                <li>Send a request to <code>http://&lt;service name&gt;.localhost:&lt;port&gt;/</code>.</li>
                </ol>
                """)
    }
}
