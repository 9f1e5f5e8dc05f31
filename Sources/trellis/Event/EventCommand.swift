import ArgumentParser
import Foundation
import NIOCore
import TrellisModel

/// Prints the event that a request becomes, or the response that a function's answer becomes.
struct EventCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "Print the Lambda event that a request becomes, and explain it; needs no server.",
        usage: """
            trellis event [<option> ...] <url>
            trellis event [<option> ...] < request.http
            trellis event --response [<file>] [-X <method>]
            """,
        discussion: EventHelp.text)

    // The order of curl's data options counts, which separate properties would lose.
    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var arguments: [String] = []

    func run() async throws {
        try await reportingFailure {
            do {
                let arguments = try EventArguments(arguments)
                guard !arguments.has(.help) else { throw CleanExit.message(Self.help) }
                var input = BoundedInput()
                let world = EventRun.World(
                    now: SystemWallClock().now(), newRequestID: SystemRandomSource().uuid(),
                    isInputTerminal: isatty(FileHandle.standardInput.fileDescriptor) == 1,
                    load: { try input.read($0, limit: $1, what: $2) })
                try StandardStream.output.write(try EventRun(arguments, world).output())
            } catch let error as EventUsageError {
                StandardStream.error.write("trellis: \(error.message)\nSee 'trellis event --help'.\n")
                throw ExitCode.validationFailure
            }
        }
    }

    private static var help: String {
        """
        \(configuration.abstract)

        Usage: \(configuration.usage ?? "")

        \(configuration.discussion)
        """
    }
}
