import ArgumentParser

/// The command line; the only reader of arguments and environment.
@main
struct Trellis: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trellis",
        abstract: "A VPC Lattice that you run yourself, with Lambda functions as targets.",
        discussion: """
            Start the server, point any AWS tool at it, and send real requests to your functions:

              trellis serve                 # in one terminal
              eval "$(trellis env)"         # in another: AWS CLI, boto3 and Terraform now talk to it
              aws vpc-lattice list-services

            Or see the whole way from a request to a function and back with nothing prepared:

              trellis demo

            Exit status: 0 done; 64 wrong usage; 65 bad input data; 69 something needed is unavailable;
            70 internal; 75 try again; 78 bad configuration.
            """,
        version: TrellisVersion.current,
        subcommands: [
            ServeCommand.self, EnvCommand.self, CheckCommand.self, DoctorCommand.self, DemoCommand.self,
            EventCommand.self, DevCommand.self, CACommand.self, ExplainCommand.self, CurlCommand.self,
            ConsoleCommand.self,
        ])
}

enum TrellisVersion {
    static let current = "0.1.0"
}
