package import TrellisAPI

/// What the query protocol itself refuses.
package enum QueryError: Error, Hashable {
    case missingAction
    case malformedParameters
    case unsupportedMethod(String)
    case unknownAction(String, version: String)
    /// An action of the service that Trellis does not have.
    case unsupportedAction(String)
}

extension QueryError {
    /// - Source: the common errors of the query APIs; the words of ``unsupportedAction(_:)`` are Trellis's own.
    package var apiError: APIError {
        switch self {
        case .missingAction:
            APIError("MissingAction", status: 400, message: "The request must contain the parameter Action.")
        case .malformedParameters:
            APIError(
                "MalformedQueryString", status: 400,
                message: "The query string or form contains a broken percent sequence.")
        case .unsupportedMethod(let method):
            APIError("UnsupportedHttpVerb", status: 405, message: "The method \(method) is not supported.")
        case .unknownAction(let action, let version):
            APIError(
                "InvalidAction", status: 400,
                message: "Could not find operation \(action) for version \(version)")
        case .unsupportedAction(let action):
            APIError(
                "InvalidAction", status: 400,
                message: "The action \(action) is not supported by this Trellis.")
        }
    }

    /// The query protocol's words for errors of the protocol layer.
    package static func apiError(for error: ProtocolError) -> APIError {
        switch error {
        case .bodyTooLarge(let limit):
            APIError(
                "RequestEntityTooLarge", status: 413,
                message: "The request body must be no more than \(limit) bytes.")
        case .malformedBody(let reason):
            APIError("MalformedInput", status: 400, message: reason)
        case .malformedTarget:
            QueryError.malformedParameters.apiError
        case .unknownOperation:
            QueryError.missingAction.apiError
        }
    }

    /// The query protocol's code for an error that JSON services name otherwise: the same failure of authentication is
    /// `UnrecognizedClientException` there and `InvalidClientTokenId` here.
    ///
    /// - Source: reference identity.md §3.
    package static func queryForm(of error: APIError) -> APIError {
        guard let code = codes[error.type] else { return error }
        var error = error
        error.type = code
        return error
    }

    private static let codes = [
        "InvalidSignatureException": "SignatureDoesNotMatch",
        "UnrecognizedClientException": "InvalidClientTokenId",
        "ExpiredTokenException": "ExpiredToken",
        "MissingAuthenticationTokenException": "MissingAuthenticationToken",
        "IncompleteSignatureException": "IncompleteSignature",
        "AccessDeniedException": "AccessDenied",
        "ThrottlingException": "Throttling",
        "RequestAbortedException": "RequestAborted",
    ]
}
