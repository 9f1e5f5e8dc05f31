import NIOCore
import TrellisModel

/// What an endpoint's answer to Invoke means.
///
/// 2xx without `X-Amz-Function-Error` is success, with it a function error; else the named exception decides.
///
/// - Source: reference lambda.md §4.2, and §9 for a Runtime Interface Emulator, which answers 502 with the error's JSON and
///   no name where the process ended.
enum RemoteOutcome {
    static func outcome(
        of result: Result<HTTPResponse, HTTPExchangeFailure>, for function: FunctionARN, at endpoint: RemoteEndpoint
    ) -> InvocationOutcome {
        switch result {
        case .success(let response): outcome(of: response, for: function)
        case .failure(.bodyTooLarge): tooLarge(function)
        case .failure(let failure): .rejected(rejection(failure, at: endpoint))
        }
    }

    private static func outcome(of response: HTTPResponse, for function: FunctionARN) -> InvocationOutcome {
        if (200...299).contains(response.status) {
            let result = InvocationResult(
                payload: response.body, executedVersion: response["x-amz-executed-version"] ?? version(of: function),
                logTail: ByteBuffer())
            guard response["x-amz-function-error"] != nil else { return .success(result) }
            return .functionError(result, failure(in: response.body))
        }
        let error = RemoteError(response)
        if response.status == 502, error.name == nil, RemoteError.member("errorType", in: response.body) != nil {
            let result = InvocationResult(
                payload: response.body, executedVersion: version(of: function), logTail: ByteBuffer())
            return .functionError(result, failure(in: response.body))
        }
        return .rejected(rejection(error, status: response.status))
    }

    private static func rejection(_ error: RemoteError, status: Int) -> InvocationRejection {
        switch (error.name, status) {
        case ("ResourceNotFoundException", _): .notFound
        case ("AccessDeniedException", _): .notPermitted
        case ("RequestTooLargeException", _), (nil, 413): .payloadTooLarge
        case ("TooManyRequestsException", _), (nil, 429):
            .throttled(reason: error.reason ?? "CallerRateLimitExceeded")
        default: .unavailable(reason: "the endpoint answered \(status) \(error.summary)")
        }
    }

    private static func rejection(_ failure: HTTPExchangeFailure, at endpoint: RemoteEndpoint) -> InvocationRejection {
        switch failure {
        case .cannotConnect(let why): .unavailable(reason: "cannot connect to \(endpoint.origin): \(why)")
        case .noConnectionFree: .throttled(reason: "ConcurrentInvocationLimitExceeded")
        case .timedOut:
            .unavailable(reason: "\(endpoint.origin) did not answer within \(endpoint.limits.timeout)")
        case .connectionLost:
            .unavailable(reason: "\(endpoint.origin) closed the connection before it had answered")
        case .notHTTP(let error): .unavailable(reason: "\(endpoint.origin) did not answer in HTTP: \(error)")
        case .bodyTooLarge: .unavailable(reason: "the answer of \(endpoint.origin) is too large")
        case .shutDown: .unavailable(reason: "shutting down")
        }
    }

    /// As Lambda says it of an answer over its limit.
    private static func tooLarge(_ function: FunctionARN) -> InvocationOutcome {
        let payload = ByteBuffer(
            string: #"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","#
                + #""errorType":"Function.ResponseSizeTooLarge"}"#)
        return .functionError(
            InvocationResult(payload: payload, executedVersion: version(of: function), logTail: ByteBuffer()),
            .responseTooLarge)
    }

    private static func failure(in payload: ByteBuffer) -> FunctionFailure {
        switch RemoteError.member("errorType", in: payload) {
        case "Sandbox.Timedout": .timedOut
        case "Runtime.ExitError": .exited
        case "Function.ResponseSizeTooLarge": .responseTooLarge
        // Before 2025 a timeout had no type.
        case nil where RemoteError.member("errorMessage", in: payload)?.contains(" Task timed out after ") == true:
            .timedOut
        default: .reported
        }
    }

    private static func version(of function: FunctionARN) -> String {
        if case .version(let number) = function.qualifier { String(number) } else { "$LATEST" }
    }
}

/// A named exception of the Lambda API.
struct RemoteError {
    /// `nil` if the answer names none, so it is not from a Lambda API.
    var name: String?
    var message: String?
    /// Of a throttled call.
    var reason: String?

    init(_ response: HTTPResponse) {
        // Some have a colon and a URL behind the name.
        name = response["x-amzn-errortype"].map { String($0.prefix { $0 != ":" }) }
        let body = response.body
        message = Self.member("message", in: body) ?? Self.member("Message", in: body)
        reason = Self.member("Reason", in: body)
    }

    var summary: String { [name, message].compactMap(\.self).joined(separator: ": ") }

    /// The text of a member, found in the first 8 KB without reading the JSON around it.
    ///
    /// Good enough for what decides nothing but a name in the log and the kind of a failure.
    static func member(_ name: String, in body: ByteBuffer) -> String? {
        let text = String(decoding: body.readableBytesView.prefix(8192), as: UTF8.self)
        let wanted = "\"\(name)\""
        guard let found = text.firstRange(of: wanted) else { return nil }
        let rest = text[found.upperBound...].drop { $0 == " " || $0 == ":" }
        guard rest.first == "\"" else { return nil }
        return String(rest.dropFirst().prefix { $0 != "\"" }.prefix(512))
    }
}
