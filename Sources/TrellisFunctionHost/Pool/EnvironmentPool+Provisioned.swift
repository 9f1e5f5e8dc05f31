import NIOCore
import TrellisInvoke

/// Environments that are kept initialised for a published version.
///
/// - Source: reference lambda.md §3, "Provisioned concurrency".
extension EnvironmentPool {
    /// Before an environment that could not be initialised is tried again; doubled each time, up to the greatest.
    private static let firstRetryDelay = TimeAmount.seconds(1)
    private static let greatestRetryDelay = TimeAmount.seconds(60)

    /// How many there are to be.
    func setProvisioned(_ target: Int) {
        guard target != machine.provisionedTarget else { return }
        stop(machine.setProvisioned(target))
        failedProvisions = 0
        provisionFailure = nil
        provision()
    }

    /// How far they are.
    var provisioned: ProvisionedEnvironments {
        ProvisionedEnvironments(
            allocated: machine.provisionedCount, available: machine.initializedProvisionedCount,
            failure: provisionFailure)
    }

    /// Starts as many as are missing and find room.
    func provision() {
        while let id = machine.provision() {
            var isDenied = false
            start(id) { [self] in
                isDenied = true
                perform(machine.provisionDenied(id))
                provisionFailure = "no room: the machine has no memory left for another environment of this size"
                provisionTimer.arm(.now() + Self.firstRetryDelay)
            }
            if isDenied { return }
        }
    }

    func provisionSucceeded() {
        failedProvisions = 0
        provisionFailure = nil
    }

    /// One has ended: it is replaced, at once if it had been initialised.
    func provisionEnded(_ environment: ExecutionEnvironment) {
        guard !environment.wasInitialized else { return provision() }
        failedProvisions += 1
        provisionFailure = "FUNCTION_ERROR_INIT_FAILURE"
        let delay = Self.firstRetryDelay.nanoseconds << Int64(min(failedProvisions - 1, 6))
        provisionTimer.arm(.now() + min(.nanoseconds(delay), Self.greatestRetryDelay))
    }
}
