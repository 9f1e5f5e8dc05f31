package import NIOCore
package import TrellisAPI
package import TrellisFunctionHost
package import TrellisInvoke
package import TrellisModel
package import TrellisStore

/// The Lambda API, version 2015-03-31: functions, versions, aliases, resource policies, tags and invocations.
package enum LambdaAPI {
    package struct Configuration: Sendable {
        /// The host's architecture in Lambda's words, `x86_64` or `arm64`: what new functions have by default.
        package var architecture: String
        /// From a package's SHA-256 to a URL at which the server's owner can read the zip, shown as `Code.Location`;
        /// `nil` shows none.
        package var packageURL: (@Sendable (_ sha256: String) -> String)?

        /// Invocations of an account that may run at once in a Region.
        package var accountConcurrency: Int

        package init(
            architecture: String, accountConcurrency: Int = 1_000,
            packageURL: (@Sendable (_ sha256: String) -> String)? = nil
        ) {
            self.architecture = architecture
            self.accountConcurrency = accountConcurrency
            self.packageURL = packageURL
        }
    }

    /// - Parameters:
    ///   - packages: Keeps the zips; the one that the invoker runs them from.
    ///   - invoker: Runs the functions; called on loops of `eventLoopGroup`.
    ///   - provisioned: Says how many environments are kept initialised.
    ///   - events: Takes asynchronous invocations; an ``EventInvocationWorker`` runs them.
    ///   - onInternalError: Told of every error that became a 5xx, so that it can be logged.
    package static func make(
        store: any Store, packages: PackageStore, invoker: any FunctionInvoker,
        provisioned: any ProvisionedEnvironmentSource,
        events: EventInvocationQueue, eventLoopGroup: any EventLoopGroup, clock: any WallClock,
        random: any RandomSource, configuration: Configuration,
        onInternalError: @escaping @Sendable (_ operation: String, _ requestID: String, any Error) -> Void
    ) -> RestJSONAPI {
        let service = LambdaService(
            store: store, packages: packages, invoker: invoker, provisioned: provisioned, events: events,
            eventLoopGroup: eventLoopGroup, clock: clock, random: random, configuration: configuration)
        return RestJSONAPI(
            signingName: "lambda", operations: operations(of: service) + UnsupportedOperations.operations,
            permissions: OperationPermissions(clock: clock, messageKey: "Message") { call in
                try await LambdaPermissions.permissions(for: call, in: store)
            },
            errors: LambdaErrorTable(), onInternalError: onInternalError)
    }

    private static func operations(of service: LambdaService) -> [APIOperation] {
        functionOperations(of: service) + layerOperations(of: service) + emptyOperations(of: service)
    }

    /// Of what no function has: reads find nothing.
    private static func emptyOperations(of service: LambdaService) -> [APIOperation] {
        let url = "/2021-10-31/functions/{FunctionName}/url"
        let configs = "/2020-04-22/code-signing-configs"
        let config = "\(configs)/{CodeSigningConfigArn}"
        let ofFunction = "/2020-06-30/functions/{FunctionName}/code-signing-config"
        return [
            .init("GetFunctionUrlConfig", "GET", url, handle: service.functionUrlConfig),
            .init("UpdateFunctionUrlConfig", "PUT", url, handle: service.functionUrlConfig),
            .init("DeleteFunctionUrlConfig", "DELETE", url, handle: service.functionUrlConfig),
            .init("ListFunctionUrlConfigs", "GET", "\(url)s", handle: service.listFunctionUrlConfigs),
            .init("ListCodeSigningConfigs", "GET", configs, handle: service.listCodeSigningConfigs),
            .init("GetCodeSigningConfig", "GET", config, handle: service.codeSigningConfig),
            .init("UpdateCodeSigningConfig", "PUT", config, handle: service.codeSigningConfig),
            .init("DeleteCodeSigningConfig", "DELETE", config, handle: service.codeSigningConfig),
            .init("ListFunctionsByCodeSigningConfig", "GET", "\(config)/functions", handle: service.codeSigningConfig),
            .init("PutFunctionCodeSigningConfig", "PUT", ofFunction, handle: service.putFunctionCodeSigningConfig),
            .init(
                "DeleteFunctionCodeSigningConfig", "DELETE", ofFunction,
                handle: service.deleteFunctionCodeSigningConfig),
        ]
    }

    private static func layerOperations(of service: LambdaService) -> [APIOperation] {
        let layers = "/2018-10-31/layers"
        let versions = "\(layers)/{LayerName}/versions"
        let version = "\(versions)/{VersionNumber}"
        let policy = "\(version)/policy"
        return [
            .init("ListLayers", "GET", layers, handle: service.listLayers),
            .init(
                "GetLayerVersionByArn", "GET", "\(layers)?find=LayerVersion", handle: service.getLayerVersionByArn),
            .init(
                "PublishLayerVersion", "POST", versions, bodyLimit: LambdaLimits.createFunctionBody,
                handle: service.publishLayerVersion),
            .init("ListLayerVersions", "GET", versions, handle: service.listLayerVersions),
            .init("GetLayerVersion", "GET", version, handle: service.getLayerVersion),
            .init("DeleteLayerVersion", "DELETE", version, handle: service.deleteLayerVersion),
            .init("AddLayerVersionPermission", "POST", policy, handle: service.addLayerVersionPermission),
            .init("GetLayerVersionPolicy", "GET", policy, handle: service.getLayerVersionPolicy),
            .init(
                "RemoveLayerVersionPermission", "DELETE", "\(policy)/{StatementId}",
                handle: service.removeLayerVersionPermission),
        ]
    }

    private static func functionOperations(of service: LambdaService) -> [APIOperation] {
        let functions = "/2015-03-31/functions"
        let function = "\(functions)/{FunctionName}"
        let alias = "\(function)/aliases/{Name}"
        let tags = "/2017-03-31/tags/{Resource}"
        let codeSigning = "/2020-06-30/functions/{FunctionName}/code-signing-config"
        let concurrency = "/functions/{FunctionName}/concurrency"
        let provisioned = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"
        let runtime = "/2021-07-20/functions/{FunctionName}/runtime-management-config"
        let recursion = "/2024-08-31/functions/{FunctionName}/recursion-config"
        let eventInvoke = "/2019-09-25/functions/{FunctionName}/event-invoke-config"
        let createLimit = LambdaLimits.createFunctionBody
        let updateLimit = LambdaLimits.updateFunctionCodeBody
        let invokeLimit = LambdaLimits.invokeBody
        return [
            .init("CreateFunction", "POST", functions, bodyLimit: createLimit, handle: service.createFunction),
            .init("ListFunctions", "GET", functions, handle: service.listFunctions),
            .init("GetFunction", "GET", function, handle: service.getFunction),
            .init("DeleteFunction", "DELETE", function, handle: service.deleteFunction),
            .init(
                "GetFunctionConfiguration", "GET", "\(function)/configuration", handle: service.getFunctionConfiguration
            ),
            .init(
                "UpdateFunctionConfiguration", "PUT", "\(function)/configuration",
                handle: service.updateFunctionConfiguration),
            .init(
                "UpdateFunctionCode", "PUT", "\(function)/code", bodyLimit: updateLimit,
                handle: service.updateFunctionCode),
            .init("GetFunctionCodeSigningConfig", "GET", codeSigning, handle: service.getFunctionCodeSigningConfig),
            .init("Invoke", "POST", "\(function)/invocations", bodyLimit: invokeLimit, handle: service.invoke),
            .init(
                "InvokeWithResponseStream", "POST",
                "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", bodyLimit: invokeLimit,
                handle: service.invokeWithResponseStream),
            .init(
                "InvokeAsync", "POST", "/2014-11-13/functions/{FunctionName}/invoke-async", bodyLimit: invokeLimit,
                handle: service.invokeAsync),
            .init("PublishVersion", "POST", "\(function)/versions", handle: service.publishVersion),
            .init("ListVersionsByFunction", "GET", "\(function)/versions", handle: service.listVersionsByFunction),
            .init("CreateAlias", "POST", "\(function)/aliases", handle: service.createAlias),
            .init("ListAliases", "GET", "\(function)/aliases", handle: service.listAliases),
            .init("GetAlias", "GET", alias, handle: service.getAlias),
            .init("UpdateAlias", "PUT", alias, handle: service.updateAlias),
            .init("DeleteAlias", "DELETE", alias, handle: service.deleteAlias),
            .init("AddPermission", "POST", "\(function)/policy", handle: service.addPermission),
            .init("GetPolicy", "GET", "\(function)/policy", handle: service.getPolicy),
            .init("RemovePermission", "DELETE", "\(function)/policy/{StatementId}", handle: service.removePermission),
            .init(
                "PutFunctionConcurrency", "PUT", "/2017-10-31\(concurrency)", handle: service.putFunctionConcurrency),
            .init(
                "GetFunctionConcurrency", "GET", "/2019-09-30\(concurrency)", handle: service.getFunctionConcurrency),
            .init(
                "DeleteFunctionConcurrency", "DELETE", "/2017-10-31\(concurrency)",
                handle: service.deleteFunctionConcurrency),
            .init(
                "PutProvisionedConcurrencyConfig", "PUT", provisioned, handle: service.putProvisionedConcurrencyConfig),
            .init(
                "GetProvisionedConcurrencyConfig", "GET", provisioned, handle: service.getProvisionedConcurrencyConfig),
            .init(
                "ListProvisionedConcurrencyConfigs", "GET", "\(provisioned)?List=ALL",
                handle: service.listProvisionedConcurrencyConfigs),
            .init(
                "DeleteProvisionedConcurrencyConfig", "DELETE", provisioned,
                handle: service.deleteProvisionedConcurrencyConfig),
            .init("GetAccountSettings", "GET", "/2016-08-19/account-settings", handle: service.getAccountSettings),
            .init("GetRuntimeManagementConfig", "GET", runtime, handle: service.getRuntimeManagementConfig),
            .init("PutRuntimeManagementConfig", "PUT", runtime, handle: service.putRuntimeManagementConfig),
            .init("GetFunctionRecursionConfig", "GET", recursion, handle: service.getFunctionRecursionConfig),
            .init("PutFunctionRecursionConfig", "PUT", recursion, handle: service.putFunctionRecursionConfig),
            .init("PutFunctionEventInvokeConfig", "PUT", eventInvoke, handle: service.putFunctionEventInvokeConfig),
            .init(
                "UpdateFunctionEventInvokeConfig", "POST", eventInvoke, handle: service.updateFunctionEventInvokeConfig),
            .init("GetFunctionEventInvokeConfig", "GET", eventInvoke, handle: service.getFunctionEventInvokeConfig),
            .init(
                "DeleteFunctionEventInvokeConfig", "DELETE", eventInvoke,
                handle: service.deleteFunctionEventInvokeConfig),
            .init(
                "ListFunctionEventInvokeConfigs", "GET", "\(eventInvoke)/list",
                handle: service.listFunctionEventInvokeConfigs),
            .init("ListTags", "GET", tags, handle: service.listTags),
            .init("TagResource", "POST", tags, handle: service.tagResource),
            .init("UntagResource", "DELETE", tags, handle: service.untagResource),
        ]
    }
}
