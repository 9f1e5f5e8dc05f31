import TrellisModel

/// The texts of recorded answers (reference lambda.md §3.1, §3.3, §4.2, §5, §6.4–6.6, §8).
extension LambdaError {
    // MARK: Functions

    static func functionAlreadyExists(_ name: FunctionName) -> LambdaError {
        LambdaError(.resourceConflict, "Function already exist: \(name)")
    }

    /// - Parameter arn: As asked for, with the qualifier.
    static func functionNotFound(_ arn: FunctionARN) -> LambdaError { functionNotFound(arn: arn.description) }

    static func functionNotFound(arn: String) -> LambdaError {
        LambdaError(.resourceNotFound, "Function not found: \(arn)")
    }

    static func regionNotReachable(_ region: String, from own: Region) -> LambdaError {
        LambdaError(
            .resourceNotFound, "Functions from '\(region)' are not reachable in this region ('\(own)')")
    }

    /// Another account's function: Lambda tells nothing.
    static let otherAccount = LambdaError(.accessDenied, "")

    static let qualifierMismatch = LambdaError(
        .invalidParameterValue,
        "The derived qualifier from the function name does not match the specified qualifier.")

    static let unqualifiedFunctionsOnly = LambdaError(
        .invalidParameterValue,
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            + "Please specify either a function name or an unqualified function ARN.")

    /// A bare name is the one constraint of CreateFunction that is not a ValidationException.
    static func functionNameTooLong(_ name: String) -> LambdaError {
        let sentence =
            "Value '\(name)' at 'functionName' failed to satisfy constraint: "
            + "Member must have length less than or equal to 64"
        return LambdaError(.invalidParameterValue, validationMessage([sentence]))
    }

    static let latestCannotBeDeleted = LambdaError(
        .invalidParameterValue, "$LATEST version cannot be deleted without deleting the function.")

    static let aliasCannotBeDeletedAsVersion = LambdaError(
        .invalidParameterValue, "Deletion of aliases is not currently supported.")

    static func versionInUse(byAliases names: [String]) -> LambdaError {
        LambdaError(
            .resourceConflict,
            "Unable to delete version because the following aliases reference it: "
                + "[\(names.joined(separator: ", "))]")
    }

    static let staleRevision = LambdaError(
        .preconditionFailed,
        "The Revision Id provided does not match the latest Revision Id. "
            + "Call the GetFunction/GetAlias API to retrieve the latest Revision Id")

    static func codeSHA256Mismatch(given: String, actual: String) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "CodeSHA256 (\(given)) is different from current CodeSHA256 in $LATEST (\(actual)). "
                + "Please try again with the CodeSHA256 in $LATEST.")
    }

    // MARK: Settings

    static let runtimeAndHandlerMandatory = LambdaError(
        .invalidParameterValue,
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.")

    static func unknownRuntime(_ runtime: String, known: [String]) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Value \(runtime) at 'runtime' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [\(known.joined(separator: ", "))] or be a valid ARN")
    }

    static func unsupportedRuntime(_ runtime: String, supported: [String]) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "The runtime \(runtime) is not supported by this Trellis. "
                + "Supported runtimes: \(supported.joined(separator: ", "))")
    }

    /// - Parameter members: As the request spells them, for example `VpcConfig`.
    static func unsupportedMembers(_ members: [String]) -> LambdaError {
        let verb = members.count == 1 ? "is" : "are"
        return LambdaError(
            .invalidParameterValue,
            "\(members.joined(separator: ", ")) \(verb) not supported by this Trellis.")
    }

    static let runtimeVersionWithoutManual = LambdaError(
        .invalidParameterValue, "RuntimeVersionArn can only be given with UpdateRuntimeOn Manual.")

    static let logLevelWithoutJSON = LambdaError(
        .invalidParameterValue,
        "ApplicationLogLevel and SystemLogLevel can only be given with the LogFormat JSON.")

    static func unsupportedArchitecture(_ architecture: String, host: String) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Architectures [\(architecture)] is not supported by this Trellis: its host is \(host).")
    }

    static func reservedVariables(_ names: [String]) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Lambda was unable to configure your environment variables because the environment variables you have "
                + "provided contains reserved keys that are currently not supported for modification. "
                + "Reserved keys used in this request: \(names.joined(separator: ", "))")
    }

    static func environmentTooLarge(measured: String) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Lambda was unable to configure your environment variables because the environment variables you have "
                + "provided exceeded the 4KB limit. String measured: \(measured)")
    }

    // MARK: Code

    static let noCode = LambdaError(.invalidParameterValue, "Please provide a source for function code.")
    static let emptyZip = LambdaError(.invalidParameterValue, "Uploaded file must be a non-empty zip")
    static let imageForZip = LambdaError(
        .invalidParameterValue, "Please don't provide ImageUri when updating a function with packageType Zip.")
    static let badZip = LambdaError(
        .invalidParameterValue,
        "Could not unzip uploaded file. Please check your file, then try to upload again.")
    static let zipNotBase64 = LambdaError(.serialization, "The value at 'zipFile' must be base64.")

    static func zippedTooLarge(limit: Int) -> LambdaError {
        LambdaError(.requestEntityTooLarge, "Zipped size must be smaller than \(limit) bytes")
    }

    static func unzippedTooLarge(limit: Int) -> LambdaError {
        LambdaError(.invalidParameterValue, "Unzipped size must be smaller than \(limit) bytes")
    }

    static func bodyTooLarge(limit: Int) -> LambdaError {
        switch limit {
        case LambdaLimits.invokeBody: eventTooLarge
        case LambdaLimits.createFunctionBody: requestEntityTooLarge(limit, "for the CreateFunction operation")
        case LambdaLimits.updateFunctionCodeBody: requestEntityTooLarge(limit, "for the UpdateFunctionCode operation")
        default: requestEntityTooLarge(limit, "for this operation")
        }
    }

    private static func requestEntityTooLarge(_ limit: Int, _ purpose: String) -> LambdaError {
        LambdaError(.requestEntityTooLarge, "Request must be smaller than \(limit) bytes \(purpose)")
    }

    // MARK: Code signing

    static func codeSigningConfigMissing(_ arn: String) -> LambdaError {
        LambdaError(
            .codeSigningConfigNotFound, "The Lambda code signing configuration \(arn) can not be found.")
    }

    /// Of a function that should have it.
    static func codeSigningConfigDeleted(_ arn: String) -> LambdaError {
        LambdaError(
            .codeSigningConfigNotFound,
            "The code signing configuration cannot be found. "
                + "Check that the provided configuration is not deleted: \(arn).")
    }

    // MARK: Layers

    static let layerVersionBelowOne = LambdaError(.invalidParameterValue, "Layer Version Cannot be less than 1")
    static let tooManyLayers = LambdaError(
        .invalidParameterValue, "Cannot reference more than \(LambdaLimits.layers) layers.")
    static let noLayerContent = LambdaError(.invalidParameterValue, "Please provide a source for layer content.")
    static let staleLayerPolicyRevision = LambdaError(
        .preconditionFailed,
        "The Revision Id provided does not match the latest Revision Id. "
            + "Call the GetLayerPolicy API to retrieve the latest Revision Id")
    static let layerNameInvalid = LambdaError(
        .invalidParameterValue,
        "The layer name must have at most 64 characters, and its ARN the Region of the request.")

    /// Of a function that should use it.
    static func layerMissing(_ arn: String) -> LambdaError {
        LambdaError(.invalidParameterValue, "Layer version \(arn) does not exist.")
    }

    static func layerVersionNotFound(_ arn: LayerVersionARN) -> LambdaError {
        LambdaError(.resourceNotFound, "Layer version \(arn) does not exist.")
    }

    static func layersElsewhere(_ region: Region) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Layers are not in the same region as the function. Layers are expected to be in region \(region).")
    }

    static func twoVersionsOfALayer(_ first: LayerVersionARN, _ second: LayerVersionARN) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Two different versions of the same layer are not allowed to be referenced in the same function. "
                + "\(first) and \(second) are versions of the same layer.")
    }

    static func codeWithLayersTooLarge(_ size: Int, limit: Int) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Function code combined with layers exceeds the maximum allowed size of \(limit) bytes. "
                + "The actual size is \(size) bytes.")
    }

    static func layerNotPermitted(_ caller: String, _ arn: LayerVersionARN) -> LambdaError {
        LambdaError(
            .accessDenied,
            "User: \(caller) is not authorized to perform: lambda:GetLayerVersion on resource: \(arn) "
                + "because no resource-based policy allows the lambda:GetLayerVersion action")
    }

    // MARK: Concurrency

    static let reservesTooMuch = LambdaError(
        .invalidParameterValue,
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            + "below its minimum value of [\(LambdaLimits.minimumUnreservedConcurrency)].")

    /// The spaces are Lambda's.
    static func reservesLessThanProvisioned(_ reserved: Int, provisioned: Int) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            " ReservedConcurrentExecutions  \(reserved) should not be lower than function's total provisioned "
                + "concurrency [\(provisioned)].")
    }

    static let noProvisionedConcurrency = LambdaError(
        .provisionedConcurrencyConfigNotFound, "No Provisioned Concurrency Config found for this function")
    static let provisionedLatest = LambdaError(
        .invalidParameterValue, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    static let provisionedNeedsVersion = LambdaError(
        .invalidParameterValue, "The function resource provided must be an alias or a published version.")
    static let provisionedAliasWithWeights = LambdaError(
        .invalidParameterValue, "Alias with weights can not be used with Provisioned Concurrency")
    static let aliasOfProvisionedVersion = LambdaError(
        .resourceConflict,
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
    static let versionOfProvisionedAlias = LambdaError(
        .resourceConflict, "Version is pointed by a Provisioned Concurrency alias")
    static let provisionsMoreThanReserved = LambdaError(
        .invalidParameterValue,
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")

    static func provisionsMoreThanUnreserved(_ unreserved: Int) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                + "[\(unreserved)].")
    }

    static let provisionsTooMuch = LambdaError(
        .invalidParameterValue,
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            + "below its minimum value of [\(LambdaLimits.minimumUnreservedConcurrency)].")

    // MARK: Asynchronous invocation

    static let eventInvokeFunctionMissing = LambdaError(.resourceNotFound, "The function doesn't exist.")
    static let noEventInvokeSetting = LambdaError(
        .invalidParameterValue, "You must specify at least one of error handling or destination setting.")
    static let destinationIsItself = LambdaError(
        .invalidParameterValue, "You can't specify the function as a destination for itself.")

    static func noEventInvokeConfig(_ arn: FunctionARN) -> LambdaError {
        LambdaError(.resourceNotFound, "The function \(arn) doesn't have an EventInvokeConfig")
    }

    static func destinationInvalid(_ arn: FunctionARN) -> LambdaError {
        LambdaError(.invalidParameterValue, "The destination ARN \(arn) is invalid.")
    }

    static func unsupportedDestination(_ arn: String) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "The destination \(arn) is not supported by this Trellis: "
                + "only functions of the same account and Region are.")
    }

    // MARK: Aliases

    static func aliasAlreadyExists(_ arn: FunctionARN) -> LambdaError {
        LambdaError(.resourceConflict, "Alias already exists: \(arn)")
    }

    static func aliasNotFound(_ arn: FunctionARN) -> LambdaError {
        LambdaError(.resourceNotFound, "Cannot find alias arn: \(arn)")
    }

    static let tooManyWeights = LambdaError(
        .invalidParameterValue, "Number of items in AdditionalVersionWeights cannot be greater than 1")

    static func versionAlreadyInRouting(_ version: String) -> LambdaError {
        LambdaError(
            .invalidParameterValue,
            "Invalid function version \(version). "
                + "Function version \(version) is already included in routing configuration.")
    }

    static let latestWithRouting = LambdaError(
        .invalidParameterValue, "$LATEST is not supported for an alias pointing to more than 1 version")

    static let routingAcrossRoles = LambdaError(
        .invalidParameterValue, "The versions of an alias must have the same execution role.")

    // MARK: Tags and lists

    static let tagsOnlyOnFunctions = LambdaError(
        .invalidParameterValue,
        "Tags on function aliases and versions are not supported. Please specify a function ARN.")
    static let noTags = LambdaError(
        .invalidParameterValue, "An error occurred and the request cannot be processed.")
    static let invalidMarker = LambdaError(.invalidParameterValue, "The provided marker is not valid.")
    static let resourceNotFound = LambdaError(.resourceNotFound, "The resource you requested does not exist.")

    // MARK: Resource policies

    static let noPolicyForLatest = LambdaError(
        .invalidParameterValue, "We currently do not support adding policies for $LATEST.")
    static let noPolicy = LambdaError(.resourceNotFound, "No policy is associated with the given resource.")
    static let stalePolicyRevision = LambdaError(
        .preconditionFailed,
        "The Revision Id provided does not match the latest Revision Id. "
            + "Call the GetPolicy API to retrieve the latest Revision Id")
    static let invalidPrincipal = LambdaError(
        .invalidParameterValue,
        "The provided principal was invalid. Please check the principal and try again.")

    static func statementNotFound(_ sid: String) -> LambdaError {
        LambdaError(.resourceNotFound, "Statement \(sid) is not found in resource policy.")
    }

    static func statementAlreadyExists(_ sid: String) -> LambdaError {
        LambdaError(
            .resourceConflict,
            "The statement id (\(sid)) provided already exists. "
                + "Please provide a new statement id, or remove the existing statement.")
    }

    static func policyTooLong(_ size: Int) -> LambdaError {
        LambdaError(
            .policyLengthExceeded,
            "The final policy size (\(size)) is bigger than the limit (\(LambdaLimits.policy)).")
    }

    // MARK: Invocations

    static func eventNotJSON(_ reason: String) -> LambdaError {
        LambdaError(
            .invalidRequestContent,
            "Could not parse request body into json: Could not parse payload into json: \(reason)")
    }

    static let clientContextInvalid = LambdaError(
        .invalidRequestContent, "Client context must be a valid Base64-encoded JSON object.")
    static let clientContextTooLong = LambdaError(
        .invalidRequestContent,
        "Client context must be no more than \(LambdaLimits.clientContext) bytes when base64-encoded.")
    static let eventNotJSONType = LambdaError(
        .unsupportedMediaType, "The content type of the Invoke request body is not JSON.")
    static let eventTooLarge = LambdaError(
        .requestTooLarge,
        "Request must be smaller than \(LambdaLimits.invokeBody) bytes for the InvokeFunction operation")
    static let asynchronousEventTooLarge = LambdaError(
        .requestTooLarge,
        "Request must be smaller than \(LambdaLimits.asynchronousEvent) bytes for the InvokeFunction operation")

    static func eventQueueFull(limit: Int) -> LambdaError {
        LambdaError(
            .tooManyRequests, "The queue of asynchronous invocations is full: it holds \(limit) events.",
            reason: "CallerRateLimitExceeded")
    }

    static func throttled(reason: String) -> LambdaError {
        LambdaError(.tooManyRequests, "Rate Exceeded.", reason: reason)
    }
}
