import Foundation
import Glibc
import ServiceLifecycle
import UnixSignals

/// The first SIGTERM or SIGINT drains and stops; a second one ends the process where it stands.
///
/// Nothing that was acknowledged is lost by that: what is in the store survives the end of the process at any point, and
/// functions end with it.
struct SecondSignalService: Service {
    /// What the end of the process leaves behind otherwise.
    var remove: String

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isStopping = false
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                if isStopping {
                    unlink(remove)
                    _exit(signal == .sigint ? 130 : 143)
                }
                isStopping = true
            }
        }
    }
}
