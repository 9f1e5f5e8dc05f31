/// Why Lambda refuses a request, in the words its clients read.
package struct LambdaError: Error, Hashable {
    package var code: Code
    package var message: String
    /// Which limit throttled an invocation, one of Lambda's `Reason` values.
    package var reason: String?

    package init(_ code: Code, _ message: String, reason: String? = nil) {
        self.code = code
        self.message = message
        self.reason = reason
    }

    /// The exception's name on the wire.
    ///
    /// - Source: the exceptions of the lambda service model; those that the model does not name come from the
    ///   protocol layer of AWS, except ``unsupportedOperation``, which is Trellis's own.
    package enum Code: String, CaseIterable, Sendable {
        case accessDenied = "AccessDeniedException"
        case codeSigningConfigNotFound = "CodeSigningConfigNotFoundException"
        case invalidParameterValue = "InvalidParameterValueException"
        case invalidRequestContent = "InvalidRequestContentException"
        case policyLengthExceeded = "PolicyLengthExceededException"
        case preconditionFailed = "PreconditionFailedException"
        case provisionedConcurrencyConfigNotFound = "ProvisionedConcurrencyConfigNotFoundException"
        case requestEntityTooLarge = "RequestEntityTooLargeException"
        case requestTooLarge = "RequestTooLargeException"
        case resourceConflict = "ResourceConflictException"
        case resourceNotFound = "ResourceNotFoundException"
        case resourceNotReady = "ResourceNotReadyException"
        case serialization = "SerializationException"
        case service = "ServiceException"
        case tooManyRequests = "TooManyRequestsException"
        case unknownOperation = "UnknownOperationException"
        case unsupportedMediaType = "UnsupportedMediaTypeException"
        case unsupportedOperation = "UnsupportedOperationException"
        case validation = "ValidationException"
    }
}
