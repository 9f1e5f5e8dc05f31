package import TrellisModel

/// Functions that are not in this Trellis, and who knows whether they are where they should be.
package struct RemoteFunctions: Sendable {
    package enum Status: Hashable, Sendable {
        /// The function is here, if anywhere.
        case notRemote
        case exists
        case missing
        /// The endpoint cannot say.
        case notTold
        /// Nobody answered, or not with what was asked.
        case unknown(reason: String)
    }

    package var status: @Sendable (FunctionARN) async -> Status

    package init(status: @escaping @Sendable (FunctionARN) async -> Status) {
        self.status = status
    }

    package static let none = RemoteFunctions { _ in .notRemote }
}

/// What was found out about the targets of a request before its transaction, which must have no effect but its own.
struct RemoteTargets {
    private let statuses: [String: RemoteFunctions.Status]

    /// Asks for all of them at once; only functions of the caller's account and Region can be targets.
    init(_ targets: [TargetInput], in functions: RemoteFunctions, scope: Scope) async {
        statuses = await withTaskGroup(of: (String, RemoteFunctions.Status).self) { group in
            for id in Set(targets.map(\.id)) {
                guard let function = FunctionARN(id), function.description == id, function.scope == scope else {
                    continue
                }
                group.addTask { (id, await functions.status(function)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// Whether the function is at an endpoint; then its resource policy is the endpoint's business.
    ///
    /// - Throws: ``TargetFailure`` if it is known to be missing, or if nobody can be asked: a target that may never have
    ///   worked is better refused where somebody sees it.
    func isRemote(_ function: FunctionARN) throws(TargetFailure) -> Bool {
        switch statuses[function.description] {
        case nil, .notRemote?: return false
        case .exists?, .notTold?: return true
        case .missing?: throw .invalid("Function not found: \(function)")
        case .unknown(let reason)?:
            throw .invalid("Function \(function) cannot be looked up at its endpoint: \(reason)")
        }
    }
}
