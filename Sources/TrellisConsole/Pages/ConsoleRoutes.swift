import TrellisFunctionHost

/// All pages of the console.
struct ConsoleRoutes {
    var configuration: Console.Configuration
    var operations: Operations
    var packages: PackageStore
    var explain: Console.Explain

    var all: [ConsoleRoute] {
        OverviewPage(operations: operations).routes
            + ServiceNetworkPages(operations: operations).routes
            + ServicePages(operations: operations, portOffset: configuration.portOffset).routes
            + ListenerPages(operations: operations).routes
            + RulePages(operations: operations).routes
            + AuthPolicyPages(
                operations: operations, explain: explain, portOffset: configuration.portOffset
            ).routes
            + TargetGroupPages(operations: operations).routes
            + FunctionPages(operations: operations, packages: packages).routes
    }
}
