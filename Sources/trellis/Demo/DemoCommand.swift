import ArgumentParser
import Foundation
import Logging

/// The main job, end to end, in a throw-away data directory.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a real request reach a real function, and keep serving.",
        discussion: """
            Starts a server in a temporary data directory and does, through its own AWS APIs, what you would do with
            the AWS CLI: a Python function with an alias, a LAMBDA target group with it, a service network, a
            service, a listener and a rule. Then it sends a request and shows the event that the function received
            and the response that came back. Ctrl-C ends it and deletes the directory.
            """)

    @Flag(help: "End after the first answer instead of serving on.")
    var once = false

    func run() async throws {
        try await reportingFailure {
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
                "trellis-demo-\(UUID().uuidString.lowercased())")
            defer { try? FileManager.default.removeItem(at: directory) }
            var configuration = ServerConfiguration()
            configuration.dataDirectory = directory.path
            configuration.api.port = 0
            configuration.operatorAddress.port = 0
            configuration.logLevel = .error
            let once = self.once
            try await TrellisServer(configuration: configuration).run { endpoints, stop in
                let demo = try Demo(endpoints: endpoints, dataDirectory: directory.path)
                let route = try await demo.run()
                if once { stop() } else { demo.explainHowToGoOn(route) }
            }
        }
    }
}
