import Logging
import TrellisAPI
import TrellisModel
import TrellisStore

/// One operation of the API; each is a file of its own.
protocol LatticeOperation: SendableMetatype {
    static var name: String { get }
    static var method: String { get }
    /// As in the service model: `/services/{serviceIdentifier}`.
    static var path: String { get }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse
}

extension LatticeOperation {
    static func operation(in context: LatticeContext) -> APIOperation {
        APIOperation(name, method, path) { call in try await respond(to: call, in: context) }
    }
}

/// What every operation works with.
struct LatticeContext: Sendable {
    let store: any Store
    let clock: any WallClock
    let random: any RandomSource
    let configuration: LatticeConfiguration
    let remoteFunctions: RemoteFunctions
    let targets: TargetWhereabouts
    let logger: Logger
    let ids: ResourceIDSource
    private let gates = WriteGates()

    init(
        store: any Store, clock: any WallClock, random: any RandomSource, configuration: LatticeConfiguration,
        remoteFunctions: RemoteFunctions, targets: TargetWhereabouts, logger: Logger
    ) {
        self.store = store
        self.clock = clock
        self.random = random
        self.configuration = configuration
        self.remoteFunctions = remoteFunctions
        self.targets = targets
        self.logger = logger
        ids = ResourceIDSource(clock: clock, random: random)
    }

    var quotas: LatticeQuotas { configuration.quotas }

    var reader: PlainReader { PlainReader(store: store) }

    /// Carries out `body` in one transaction; it may run several times and must have no effect besides the session.
    ///
    /// - Parameter place: What the operation changes; operations on one place run one after the other.
    func write<Result>(
        at place: WritePlace = .everything, _ body: (StoreSession) async throws -> Result
    ) async throws -> Result {
        try await gates.run(at: place) { try await store.transaction(body) }
    }
}
