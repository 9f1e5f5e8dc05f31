/// All pages of the console.
struct ConsoleRoutes {
    var configuration: Console.Configuration
    var operations: Operations

    var all: [ConsoleRoute] {
        OverviewPage(operations: operations).routes + TargetGroupPages(operations: operations).routes
    }
}
