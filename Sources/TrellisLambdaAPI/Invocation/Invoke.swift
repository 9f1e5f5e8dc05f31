import FoundationEssentials
import NIOCore
import TrellisAPI
import TrellisInvoke
import TrellisModel
import TrellisStore

/// `POST /2015-03-31/functions/{FunctionName}/invocations`
///
/// A function that fails is answered with 200 and `X-Amz-Function-Error`; only what never reached it is an error.
///
/// - Source: reference lambda.md §4.
extension LambdaService {
    func invoke(_ call: APICall) async throws -> APIResponse {
        let input = try InvokeInput(call)
        try await requirePermission(to: input.function, call)
        switch input.invocationType {
        case .requestResponse: break
        case .dryRun: return try await answerDryRun(input)
        case .event:
            try await namingTarget(input.function) {
                try await events.add(input.payload, for: input.function, requestID: call.requestID)
            }
            return .empty(status: 202)
        }
        switch try await outcome(of: input, call) {
        case .success(let result):
            return answer(result, failed: false, logType: input.logType)
        case .functionError(let result, _):
            return answer(result, failed: true, logType: input.logType)
        case .rejected(let rejection):
            throw lambdaError(for: rejection, function: input.function, caller: call.caller)
        }
    }

    private func outcome(of input: InvokeInput, _ call: APICall) async throws -> InvocationOutcome {
        let invocation = self.invocation(of: input, call)
        let invoker = self.invoker
        let eventLoop = eventLoopGroup.next()
        return try await eventLoop.flatSubmit { invoker.invoke(invocation, on: eventLoop) }.get()
    }

    func invocation(of input: InvokeInput, _ call: APICall) -> Invocation {
        Invocation(
            function: input.function, payload: input.payload, requestID: call.requestID, caller: .authorized,
            clientContext: input.clientContext, traceHeader: input.traceHeader)
    }

    func answerDryRun(_ input: InvokeInput) async throws -> APIResponse {
        try await namingTarget(input.function) {
            try await store.transaction { _ = try await $0.view(of: input.function) }
        }
        return .empty(status: 204)
    }

    /// A function that is not there is named as Invoke names it.
    func namingTarget(_ arn: FunctionARN, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as LambdaError where error.code == .resourceNotFound {
            throw invocationTargetNotFound(arn)
        }
    }

    private func answer(_ result: InvocationResult, failed: Bool, logType: InvokeInput.LogType) -> APIResponse {
        var headers = [
            ("content-type", "application/json"), ("x-amz-executed-version", result.executedVersion),
        ]
        if failed { headers.append(("x-amz-function-error", "Unhandled")) }
        if logType == .tail {
            let log = Data(result.logTail.readableBytesView).base64EncodedString()
            headers.append(("x-amz-log-result", log))
        }
        return APIResponse(status: 200, headers: headers, body: result.payload)
    }

    func lambdaError(
        for rejection: InvocationRejection, function: FunctionARN, caller: Caller
    ) -> LambdaError {
        switch rejection {
        case .notFound: invocationTargetNotFound(function)
        case .notPermitted:
            LambdaError(
                .accessDenied,
                "User: \(caller.principalARN) is not authorized to perform: lambda:InvokeFunction "
                    + "on resource: \(function) because no resource-based policy allows the "
                    + "lambda:InvokeFunction action")
        case .throttled(let reason): .throttled(reason: reason)
        case .payloadTooLarge: .eventTooLarge
        case .unavailable(let reason): LambdaError(.resourceNotReady, reason)
        }
    }

    /// Recorded: without a qualifier the ARN is shown with `$LATEST`, and a missing alias has its own words.
    private func invocationTargetNotFound(_ arn: FunctionARN) -> LambdaError {
        switch arn.qualifier {
        case nil: .functionNotFound(FunctionARN(scope: arn.scope, name: arn.name, qualifier: .latest))
        case .alias: .aliasNotFound(arn)
        case .latest, .version: .functionNotFound(arn)
        }
    }
}
