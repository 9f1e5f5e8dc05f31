/// The life of one execution environment: its process comes and goes, the environment with its `/tmp` stays.
///
/// No I/O and no clock: the shell tells it what happened and does what it returns. `invocation` below means that
/// somebody waits for an outcome.
///
/// - Source: reference lambda.md §3.
package struct ExecutionEnvironmentStateMachine: Sendable {
    private enum State: Equatable {
        /// No process. Goes to `initializing` or, with an invocation, to `initializingForInvocation`.
        case down
        /// The first start, limited by the init limit.
        case initializing
        /// A start after a failed one or a crash, on the time of the invocation that waits ("suppressed init").
        case initializingForInvocation(requestID: String)
        /// Its `next` waits.
        case idle
        case running(requestID: String)
        /// The outcome is delivered; not free before the next `next`.
        case finishing
        /// The process is to end; then `down`.
        case resetting
        /// The process is to end; then `closed`.
        case stopping
        case closed
    }

    /// How an invocation ends without a report of the runtime.
    package enum Failure: Equatable, Sendable {
        case timedOut
        case ended(ProcessEnd)
    }

    package enum Action: Equatable, Sendable {
        case none
        /// Start a process; the init limit runs from then on.
        case launch
        /// Start a process; the function's timeout runs.
        case launchForInvocation
        /// Answer the waiting `next` with the event.
        case deliver
        /// Hold the request. The environment became free; it took this long since the launch if `initialized`.
        case parkAndOffer(initialized: Bool)
        /// Hold the request and answer it at once: the invocation waited for the initialisation.
        case parkAndDeliver
        /// Hold the request in place of an earlier one.
        case park
        /// Answer with the event that was delivered already.
        case repeatEvent
        /// Accept the report and hand its body to the caller.
        case finish
        /// Accept the report; nobody waits. The process gets a moment to exit by itself.
        case acceptInitError
        /// Accept the report and hand its body to the caller; the process gets a moment to exit by itself.
        case finishWithInitError
        case refuse(RuntimeAPIError)
        /// End the process group; whatever waited is told in `failing`.
        case kill(failing: Failure?)
        /// End the process group: its initialisation took too long, and nobody waits for it.
        case killInitialization
        /// Nothing runs any more; the environment can take an invocation again. `initFailed` if its first start failed.
        case becomeCold(failing: Failure?, initFailed: ProcessEnd?)
        /// Ask the process group to end, and kill it after the grace time.
        case terminate(failing: Failure?)
        /// Give back everything the environment holds.
        case close
    }

    private var state = State.down
    private var runtime = RuntimeStateMachine()

    package init() {}

    /// For status pages.
    package var name: String {
        switch state {
        case .down: "cold"
        case .initializing: "starting"
        case .initializingForInvocation, .running: "busy"
        case .idle: "idle"
        case .finishing: "finishing"
        case .resetting: "resetting"
        case .stopping: "stopping"
        case .closed: "closed"
        }
    }

    /// Whether its first initialisation runs, to which the init limit applies.
    package var isInitializing: Bool { state == .initializing }

    /// Whether it has nothing to do until the next invocation.
    package var isIdle: Bool { state == .idle }

    /// Whether its process is to end.
    package var isEnding: Bool {
        switch state {
        case .resetting, .stopping, .closed: true
        case .down, .initializing, .initializingForInvocation, .idle, .running, .finishing: false
        }
    }

    // MARK: What the pool wants

    /// Starts the first initialisation.
    package mutating func start() -> Action {
        guard state == .down else { return .none }
        state = .initializing
        runtime = RuntimeStateMachine()
        return .launch
    }

    /// Takes an invocation, when idle or down.
    package mutating func invoke(requestID: String) -> Action {
        switch state {
        case .idle where runtime.deliver(requestID: requestID):
            state = .running(requestID: requestID)
            return .deliver
        case .down:
            state = .initializingForInvocation(requestID: requestID)
            runtime = RuntimeStateMachine()
            return .launchForInvocation
        default:
            return .none
        }
    }

    /// Ends the environment for good.
    ///
    /// An invocation that still runs is failed as if its process had been terminated.
    package mutating func stop() -> Action {
        switch state {
        case .down:
            state = .closed
            return .close
        case .initializing, .idle, .finishing, .resetting:
            state = .stopping
            return .terminate(failing: nil)
        case .initializingForInvocation, .running:
            state = .stopping
            return .terminate(failing: .ended(.terminated))
        case .stopping, .closed:
            return .none
        }
    }

    // MARK: What the runtime asks

    /// `GET …/invocation/next`.
    package mutating func next() -> Action {
        switch state {
        case .initializing, .initializingForInvocation, .idle, .running, .finishing: break
        case .down, .resetting, .stopping, .closed:
            return .refuse(.invalidStateTransition(from: "Exited", to: "Ready"))
        }
        switch runtime.next() {
        case .refuse(let error): return .refuse(error)
        case .repeatEvent: return .repeatEvent
        case .parkAgain: return .park
        case .parkFinished:
            state = .idle
            return .parkAndOffer(initialized: false)
        case .parkInitialized:
            guard case .initializingForInvocation(let requestID) = state, runtime.deliver(requestID: requestID) else {
                state = .idle
                return .parkAndOffer(initialized: true)
            }
            state = .running(requestID: requestID)
            return .parkAndDeliver
        }
    }

    /// Whether a report would be accepted, asked before its body is read.
    package func refusal(of report: RuntimeStateMachine.Report, requestID: String) -> RuntimeAPIError? {
        runtime.refusal(of: report, requestID: requestID)
    }

    /// `POST …/response` or `…/error`, or a response that grew too large.
    package mutating func report(_ report: RuntimeStateMachine.Report, requestID: String) -> Action {
        guard case .running = state else {
            // After a timeout the process may still answer before it is gone.
            return .refuse(runtime.refusal(of: report, requestID: requestID) ?? .invalidRequestID)
        }
        if let error = runtime.report(report, requestID: requestID) { return .refuse(error) }
        state = .finishing
        return .finish
    }

    /// The head of a `POST …/response` whose body goes to the caller as it comes.
    ///
    /// - Returns: `nil` if it is accepted.
    package mutating func beginResponse(requestID: String) -> RuntimeAPIError? {
        guard case .running = state else {
            return runtime.refusal(of: .response, requestID: requestID) ?? .invalidRequestID
        }
        return runtime.beginResponse(requestID: requestID)
    }

    /// The end of a response that was begun, also if it was cut off or grew too large.
    package mutating func endResponse() -> Action {
        guard case .running = state, runtime.endResponse() else { return .none }
        state = .finishing
        return .finish
    }

    /// `POST …/init/error`.
    package mutating func initError() -> Action {
        if let error = runtime.initError() { return .refuse(error) }
        switch state {
        case .initializing:
            state = .resetting
            return .acceptInitError
        case .initializingForInvocation:
            state = .resetting
            return .finishWithInitError
        default:
            return .refuse(.invalidStateTransition(from: "Exited", to: "InitError"))
        }
    }

    // MARK: What happens to the process

    /// The init limit, the function's timeout, or the moment given to exit has passed: which one follows from the
    /// state.
    package mutating func timeLimitReached() -> Action {
        switch state {
        case .initializing:
            state = .resetting
            return .killInitialization
        case .initializingForInvocation, .running:
            state = .resetting
            return .kill(failing: .timedOut)
        case .finishing:
            state = .resetting
            return .kill(failing: nil)
        case .resetting, .stopping:
            return .kill(failing: nil)
        case .down, .idle, .closed:
            return .none
        }
    }

    /// The process is gone, or could not be started.
    ///
    /// Comes exactly once for each launch.
    package mutating func processEnded(_ end: ProcessEnd) -> Action {
        switch state {
        case .initializing:
            state = .down
            return .becomeCold(failing: nil, initFailed: end)
        case .initializingForInvocation, .running:
            state = .down
            return .becomeCold(failing: .ended(end), initFailed: nil)
        case .idle, .finishing, .resetting:
            state = .down
            return .becomeCold(failing: nil, initFailed: nil)
        case .stopping:
            state = .closed
            return .close
        case .down, .closed:
            return .none
        }
    }
}
