import Logging
import TrellisAPI
import TrellisModel
import TrellisStore

/// Registers targets, and lets a LAMBDA group invoke its function.
///
/// A LAMBDA or ALB group holds one target, next to which draining ones do not count, because no request goes to them any
/// more; registering a draining target again takes it out of draining.
enum RegisterTargets: LatticeOperation {
    static let name = "RegisterTargets"
    static let method = "POST"
    static let path = "/targetgroups/{targetGroupIdentifier}/registertargets"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { reader in
            (
                group: reader.targetGroupLabel(),
                targets: reader.requiredTargets(count: LatticeShapes.registeredTargets)
            )
        }
        let id = try call.id(input.group, of: TargetGroupKind.self)
        let remote = await RemoteTargets(input.targets, in: context.remoteFunctions, scope: call.scope)
        let outcomes = try await context.write { session in
            let group = try await session.liveTargetGroup(id, in: call.scope)
            var registration = Registration(
                group: group, now: context.clock.now(), limit: context.quotas[.targetsPerTargetGroup], remote: remote,
                addresses: context.targets.addresses, registered: try await session.targets(of: id, in: call.scope))
            var outcomes = TargetOutcomes()
            for target in input.targets {
                do {
                    let identity = try await registration.register(target, in: session, random: context.random)
                    outcomes.succeed(TargetInput(id: target.id, port: identity.port))
                } catch let failure as TargetFailure {
                    outcomes.fail(target, failure)
                }
            }
            return outcomes
        }
        for (target, failure) in outcomes.failures {
            context.logger.notice(
                "a target was not registered",
                metadata: ["targetGroup": "\(id)", "target": "\(target.id)", "reason": "\(failure.message)"])
        }
        return outcomes.response
    }

    /// The targets of the group while the request is carried out one by one.
    private struct Registration {
        let group: TargetGroupRecord
        let now: Timestamp
        let limit: Int
        let remote: RemoteTargets
        let addresses: TargetAddresses
        var registered: [TargetIdentity: TargetRecord]

        init(
            group: TargetGroupRecord, now: Timestamp, limit: Int, remote: RemoteTargets,
            addresses: TargetAddresses, registered: [TargetRecord]
        ) {
            self.group = group
            self.now = now
            self.limit = limit
            self.remote = remote
            self.addresses = addresses
            self.registered = Dictionary(registered.map { ($0.identity, $0) }) { first, _ in first }
        }

        /// - Returns: The target as it is registered now.
        mutating func register(
            _ target: TargetInput, in session: StoreSession, random: any RandomSource
        ) async throws -> TargetIdentity {
            let identity = try group.identity(of: target)
            if let there = registered[identity], !there.isDraining { return identity }
            try requireAddress(of: identity)
            var grants: FunctionARN?
            if group.type == .lambda {
                let function = try registrableFunction(identity.id, for: group.scope)
                if try !remote.isRemote(function) {
                    try await session.requireFunction(function)
                    grants = function
                }
            }
            try requirePlace(for: identity)
            if let grants { try await session.grantInvoke(on: grants, to: group, random: random) }
            let record = TargetRecord(
                id: identity.id, port: identity.port, targetGroup: group.id, scope: group.scope, registeredAt: now,
                isDraining: false)
            try session.put(record, at: record.key)
            registered[identity] = record
            return identity
        }

        /// There is no EC2 here to ask where an instance or a load balancer is.
        private func requireAddress(of target: TargetIdentity) throws(TargetFailure) {
            guard group.type == .instance || group.type == .alb, addresses[target.id] == nil else { return }
            throw .invalid("targetAddresses in the configuration of Trellis has no address for \(target.id)")
        }

        private func requirePlace(for target: TargetIdentity) throws {
            if group.type.holdsOneTarget,
                let other = registered.values.first(where: { $0.identity != target && !$0.isDraining })
            {
                throw TargetFailure.unsupported(
                    "A target group of type \(group.type.rawValue) holds one target, and \(other.id) is registered"
                        + " already")
            }
            guard registered[target] != nil || registered.count < limit else {
                throw LatticeError.quotaExceeded(
                    .targetsPerTargetGroup, limit: limit, resourceType: TargetGroupKind.resourceType)
            }
        }
    }
}

extension TargetGroupType {
    fileprivate var holdsOneTarget: Bool {
        switch self {
        case .lambda, .alb: true
        case .ip, .instance: false
        }
    }
}

/// The function that a target id names.
///
/// - Throws: ``TargetFailure`` unless it is in the group's account and Region, and may be a target.
private func registrableFunction(_ id: String, for scope: Scope) throws(TargetFailure) -> FunctionARN {
    guard let function = FunctionARN(id), function.description == id else {
        throw .invalid("'\(id)' is not the ARN of a Lambda function")
    }
    guard function.scope == scope else {
        throw .invalid(
            "Function \(id) is not in the account and Region of the target group: \(scope.account), \(scope.region)")
    }
    guard function.qualifier != .latest else {
        throw .invalid(
            "Permissions cannot be added for $LATEST; register \(function.unqualified), a version or an alias")
    }
    return function
}

extension StoreSession {
    /// - Throws: ``TargetFailure`` unless function, version or alias exist.
    fileprivate func requireFunction(_ function: FunctionARN) async throws {
        let unqualified = StoreKey.function(function.name, in: function.scope)
        let key =
            switch function.qualifier {
            case .latest, nil: unqualified
            case .version(let number): StoreKey.functionVersion(number, of: function.name, in: function.scope)
            case .alias(let name): StoreKey.functionAlias(name, of: function.name, in: function.scope)
            }
        guard try await exists(unqualified), try await exists(key) else {
            throw TargetFailure.invalid("Function not found: \(function)")
        }
    }
}
