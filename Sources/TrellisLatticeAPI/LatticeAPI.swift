package import Logging
package import TrellisAPI
package import TrellisModel
package import TrellisStore

/// What an operator may change about the API.
package struct LatticeConfiguration: Hashable, Sendable {
    package var quotas: LatticeQuotas

    package init(quotas: LatticeQuotas = LatticeQuotas()) {
        self.quotas = quotas
    }
}

/// The `vpc-lattice` API, version 2022-11-30.
package enum LatticeAPI {
    /// The service part of the credential scope.
    package static let signingName = "vpc-lattice"

    /// Every operation over one store.
    ///
    /// A resource that is created or deleted asynchronously stays in progress until a ``LifecycleWorker`` on the same
    /// store completes it.
    ///
    /// - Parameters:
    ///   - random: For ids and revision ids.
    ///   - remoteFunctions: Asked about the targets of LAMBDA groups before they are registered.
    ///   - targets: Where instances and load balancers are, and what the health checks say.
    ///   - logger: Told of every answer with status 500.
    package static func make(
        store: any Store, clock: any WallClock, random: any RandomSource,
        configuration: LatticeConfiguration = LatticeConfiguration(),
        remoteFunctions: RemoteFunctions = .none, targets: TargetWhereabouts = TargetWhereabouts(), logger: Logger
    ) -> RestJSONAPI {
        let context = LatticeContext(
            store: store, clock: clock, random: random, configuration: configuration,
            remoteFunctions: remoteFunctions, targets: targets, logger: logger)
        return RestJSONAPI(
            signingName: signingName,
            operations: LatticeOperations.all.map { $0.operation(in: context) },
            permissions: OperationPermissions(clock: clock) { call in
                try await LatticePermissions.permissions(for: call, in: context)
            },
            errors: LatticeErrorTable()
        ) { operation, requestID, error in
            logger.error(
                "vpc-lattice operation failed",
                metadata: ["operation": "\(operation)", "requestId": "\(requestID)", "error": "\(error)"])
        }
    }
}
