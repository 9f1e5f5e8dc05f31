import ArgumentParser
import Foundation
import TrellisModel

/// Watches a folder and gives a function its code at each save.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Watch a folder and swap a function's code at each save.",
        discussion: """
            Start a server first, then keep this running beside your editor:

              trellis serve
              trellis dev --function hello --code ./src --runtime python3.11 --handler app.handler

            The folder becomes the function's package: at once, and again whenever a file in it is saved, added,
            renamed or deleted. Requests that run keep the code they began with; the next ones have the new code. What
            the function prints appears here. Ctrl-C ends it; the function stays.

            A function that is not there is created, for which --runtime and --handler are needed. For one that is
            there they are optional, and change it if given. --event runs the function after each save with the event in
            that file and prints the answer, so that a mistake in the code shows at once:

              trellis dev --function hello --code ./src --event event.json

            The code goes to $LATEST: a target group sees it if its target is the function without a version or alias.

            Left out of the package: .git, .hg, .svn, __pycache__, .pytest_cache, .mypy_cache, .ruff_cache, .idea,
            .vscode, .DS_Store, editors' swap and backup files, and the data directory of Trellis.
            """)

    @Option(help: ArgumentHelp("The function's name.", valueName: "name"))
    var function: String

    @Option(help: ArgumentHelp("The folder that holds its code.", valueName: "folder"))
    var code: String

    @Option(help: "For example python3.11, nodejs20.x or provided.al2023.")
    var runtime: String?

    @Option(help: "For example app.handler: handler in app.py or app.mjs. Custom runtimes get it as it is.")
    var handler: String?

    @Option(help: ArgumentHelp("How long an invocation may take, 1 to 900.", valueName: "seconds"))
    var timeout: Int?

    @Option(
        help: ArgumentHelp("ARN of the execution role. (default: a role named like the function)", valueName: "arn"))
    var role: String?

    @Option(help: ArgumentHelp("A JSON file: the event to run the function with after each save.", valueName: "file"))
    var event: String?

    @Option(help: "The data directory of the server.")
    var dataDir = ServerConfiguration().dataDirectory

    func validate() throws {
        guard FunctionName(function) != nil else {
            throw ValidationError(
                "'\(function)' is no function name: 1 to 64 letters, digits, hyphens and underscores.")
        }
    }

    func run() async throws {
        try await reportingFailure {
            let settings = DevSession.Settings(
                function: function, runtime: runtime, handler: handler, timeout: timeout, role: role, event: event)
            var session = try DevSession(settings, code: code, dataDirectory: dataDir)
            try await session.run()
        }
    }
}
