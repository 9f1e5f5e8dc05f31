import TrellisAPI

/// The operations of the Lambda API that Trellis does not have: each is answered with its name.
enum UnsupportedOperations {
    static var operations: [APIOperation] {
        paths.map { path in
            APIOperation(path.name, path.method, path.uri) { _ in
                throw LambdaError(
                    .unsupportedOperation, "The operation \(path.name) is not supported by this Trellis.")
            }
        }
    }

    private struct Path {
        var method: String
        var uri: String
        var name: String

        init(_ method: String, _ uri: String, _ name: String) {
            self.method = method
            self.uri = uri
            self.name = name
        }
    }

    /// - Source: the lambda service model (botocore 1.43.11).
    private static let paths: [Path] = scaling + urls + asynchronous + durable + others

    private static let scaling: [Path] = [
        Path("PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config", "PutFunctionScalingConfig"),
        Path("GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config", "GetFunctionScalingConfig"),
    ]

    private static let urls: [Path] = [
        Path("POST", "/2021-10-31/functions/{FunctionName}/url", "CreateFunctionUrlConfig")
    ]

    private static let asynchronous: [Path] = [
        Path("POST", "/2015-03-31/event-source-mappings", "CreateEventSourceMapping"),
        Path("GET", "/2015-03-31/event-source-mappings", "ListEventSourceMappings"),
        Path("GET", "/2015-03-31/event-source-mappings/{UUID}", "GetEventSourceMapping"),
        Path("PUT", "/2015-03-31/event-source-mappings/{UUID}", "UpdateEventSourceMapping"),
        Path("DELETE", "/2015-03-31/event-source-mappings/{UUID}", "DeleteEventSourceMapping"),
    ]

    private static let durable: [Path] = [
        Path("POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint", "CheckpointDurableExecution"),
        Path("GET", "/2025-12-01/durable-executions/{DurableExecutionArn}", "GetDurableExecution"),
        Path("GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history", "GetDurableExecutionHistory"),
        Path("GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state", "GetDurableExecutionState"),
        Path("POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop", "StopDurableExecution"),
        Path("GET", "/2025-12-01/functions/{FunctionName}/durable-executions", "ListDurableExecutionsByFunction"),
        Path(
            "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail", "SendDurableExecutionCallbackFailure"),
        Path(
            "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
            "SendDurableExecutionCallbackHeartbeat"),
        Path(
            "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed",
            "SendDurableExecutionCallbackSuccess"),
    ]

    private static let others: [Path] = [
        Path("POST", "/2020-04-22/code-signing-configs", "CreateCodeSigningConfig"),
        Path("POST", "/2025-11-30/capacity-providers", "CreateCapacityProvider"),
        Path("GET", "/2025-11-30/capacity-providers", "ListCapacityProviders"),
        Path("GET", "/2025-11-30/capacity-providers/{CapacityProviderName}", "GetCapacityProvider"),
        Path("PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}", "UpdateCapacityProvider"),
        Path("DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}", "DeleteCapacityProvider"),
        Path(
            "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
            "ListFunctionVersionsByCapacityProvider"),
    ]
}
