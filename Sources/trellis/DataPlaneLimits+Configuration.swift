import TrellisDataPlane

extension DataPlaneLimits {
    /// Takes what the configuration says about limits.
    mutating func apply(_ configuration: ServerConfiguration) {
        connections = configuration.maximumConnections
        streams = configuration.maximumStreams
        collectedBodyBytes = configuration.bodyBudgetMB * 1_048_576
        requestsPerSecond = configuration.requestsPerSecond
    }
}
