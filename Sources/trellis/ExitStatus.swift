import ArgumentParser

/// The exit statuses that scripts rely on, after sysexits.h.
enum ExitStatus: Int32 {
    case badInput = 65
    case unavailable = 69
    case internalError = 70
    case tryAgain = 75
    case badConfiguration = 78
}

/// An error that ends a command with a message on standard error and a fixed status.
struct CommandFailure: Error {
    var status: ExitStatus
    var message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

extension AsyncParsableCommand {
    /// Runs a command's work and turns a ``CommandFailure`` into its message and exit status.
    func reportingFailure(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let failure as CommandFailure {
            StandardStream.error.write("trellis: \(failure.message)\n")
            throw ExitCode(failure.status.rawValue)
        }
    }
}
