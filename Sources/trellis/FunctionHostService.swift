import ServiceLifecycle
import TrellisFunctionHost

/// The function host, which ends the server with a message for the user where the isolation he asked for does not work.
struct FunctionHostService: Service {
    var functionHost: FunctionHost

    func run() async throws {
        do {
            try await functionHost.run()
        } catch let error as IsolationError {
            throw CommandFailure(
                .unavailable, "isolation: bubblewrap is asked for: \(error); 'trellis doctor' says more")
        }
    }
}
