import NIOCore
import TrellisInvoke
import TrellisModel

/// An outcome that is complete, log and all, and only has to be handed over.
struct FinishedInvocation {
    var promise: EventLoopPromise<InvocationOutcome>
    var outcome: InvocationOutcome

    func deliver() { promise.succeed(outcome) }
}

/// From the start of an invocation to its outcome.
extension ExecutionEnvironment {
    /// The function's time begins, also where a new initialisation comes first.
    func begin(_ pending: PendingInvocation) {
        let now = NIODeadline.now()
        let timeout = TimeAmount.seconds(Int64(version.configuration.timeoutSeconds))
        let invocation = pending.invocation
        let deadline = services.clock.now().advanced(by: .seconds(version.configuration.timeoutSeconds))
        running = Running(
            pending: pending, startedAt: now,
            event: RuntimeAPIResponse.Event(
                requestID: invocation.requestID, deadlineMilliseconds: deadline.millisecondsSinceEpoch,
                functionARN: invocation.function.description, clientContext: invocation.clientContext,
                traceHeader: TraceHeader(
                    continuing: invocation.traceHeader, at: services.clock.now(), random: services.random),
                payload: invocation.payload))
        armTimer(now + timeout)
        write(log.begin(requestID: invocation.requestID, version: version.name))
    }

    /// The runtime reported a result or an error.
    ///
    /// - Parameter body: `nil` if it was larger than a response may be.
    func finish(_ report: RuntimeStateMachine.Report, _ body: ByteBuffer?) -> FinishedInvocation? {
        guard let body else {
            return end(status: "error") { result in
                .functionError(result(FunctionErrorPayload.responseTooLarge()), .responseTooLarge)
            }
        }
        switch report {
        case .response: return end(status: nil) { result in .success(result(body)) }
        case .error: return end(status: nil) { result in .functionError(result(body), .reported) }
        }
    }

    /// The invocation ended without a report.
    func fail(_ failure: ExecutionEnvironmentStateMachine.Failure) -> FinishedInvocation? {
        guard let requestID = running?.event.requestID else { return nil }
        switch failure {
        case .timedOut:
            let seconds = version.configuration.timeoutSeconds
            reportFailedInit("timeout")
            let time = services.clock.now().iso8601
            let text = "\(time) \(requestID) Task timed out after \(seconds).00 seconds"
            write(log.note(requestID: requestID, text))
            return end(status: "timeout") { result in
                let payload = FunctionErrorPayload.timedOut(requestID: requestID, timeoutSeconds: seconds)
                return .functionError(result(payload), .timedOut)
            }
        case .ended(.notStarted(.unavailable(let reason))):
            write(log.note(requestID: requestID, "RequestId: \(requestID) Error: \(reason)"))
            return end(status: "error") { _ in .rejected(.unavailable(reason: reason)) }
        case .ended(let end):
            reportFailedInit("error")
            write(log.note(requestID: requestID, "RequestId: \(requestID) Error: \(end.message)"))
            return self.end(status: "error") { result in
                .functionError(result(FunctionErrorPayload.ended(requestID: requestID, end)), .exited)
            }
        }
    }

    /// The invocation failed before its runtime asked for the event.
    private func reportFailedInit(_ status: String) {
        guard !isInitialized, process != nil || status == "error" else { return }
        write(log.initReport(duration: .now() - launchedAt, phase: "invoke", status: status))
    }

    /// Writes the end of the invocation's log and tells the pool.
    func end(
        status: String?, _ outcome: ((ByteBuffer) -> InvocationResult) -> InvocationOutcome
    ) -> FinishedInvocation? {
        guard let running else { return nil }
        self.running = nil
        process?.drainPausedOutput()
        let now = NIODeadline.now()
        process?.readMemory(now: now)
        let report = InvocationLog.Report(
            duration: now - running.startedAt, memorySizeMB: version.configuration.memorySizeMB,
            maximumMemoryUsedMB: process?.maximumMemoryMB ?? lastMaximumMemoryMB, initDuration: initDuration,
            status: status)
        initDuration = nil
        let (lines, tail) = log.end(requestID: running.event.requestID, report)
        write(lines)
        // Before the caller learns of it, because it may call again at once.
        running.pending.place?.giveBack()
        tellAnswered()
        let result = { [version] payload in
            InvocationResult(payload: payload, executedVersion: version.name, logTail: tail)
        }
        return FinishedInvocation(promise: running.pending.promise, outcome: outcome(result))
    }
}
