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
        return try await context.write { session in
            let group = try await session.liveTargetGroup(id, in: call.scope)
            var registration = Registration(
                group: group, now: context.clock.now(), limit: context.quotas[.targetsPerTargetGroup],
                registered: try await session.targets(of: id, in: call.scope))
            var outcomes = TargetOutcomes()
            for target in input.targets {
                do {
                    let identity = try await registration.register(target, in: session, random: context.random)
                    outcomes.succeed(TargetInput(id: target.id, port: identity.port))
                } catch let failure as TargetFailure {
                    outcomes.fail(target, failure)
                }
            }
            return outcomes.response
        }
    }

    /// The targets of the group while the request is carried out one by one.
    private struct Registration {
        let group: TargetGroupRecord
        let now: Timestamp
        let limit: Int
        var registered: [TargetIdentity: TargetRecord]

        init(group: TargetGroupRecord, now: Timestamp, limit: Int, registered: [TargetRecord]) {
            self.group = group
            self.now = now
            self.limit = limit
            self.registered = Dictionary(registered.map { ($0.identity, $0) }) { first, _ in first }
        }

        /// - Returns: The target as it is registered now.
        mutating func register(
            _ target: TargetInput, in session: StoreSession, random: any RandomSource
        ) async throws -> TargetIdentity {
            let identity = try group.identity(of: target)
            if let there = registered[identity], !there.isDraining { return identity }
            let function =
                group.type == .lambda ? try await session.registrableFunction(identity.id, for: group.scope) : nil
            try requirePlace(for: identity)
            if let function { try await session.grantInvoke(on: function, to: group, random: random) }
            let record = TargetRecord(
                id: identity.id, port: identity.port, targetGroup: group.id, scope: group.scope, registeredAt: now,
                isDraining: false)
            try session.put(record, at: record.key)
            registered[identity] = record
            return identity
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

extension StoreSession {
    /// The function that a target id names.
    ///
    /// - Throws: ``TargetFailure`` unless function, version or alias exist in the group's account and Region.
    fileprivate func registrableFunction(_ id: String, for scope: Scope) async throws -> FunctionARN {
        guard let function = FunctionARN(id), function.description == id else {
            throw TargetFailure.invalid("'\(id)' is not the ARN of a Lambda function")
        }
        guard function.scope == scope else {
            throw TargetFailure.invalid(
                "Function \(id) is not in the account and Region of the target group: \(scope.account), \(scope.region)"
            )
        }
        let key: StoreKey
        switch function.qualifier {
        case .latest:
            throw TargetFailure.invalid(
                "Permissions cannot be added for $LATEST; register \(function.unqualified), a version or an alias")
        case nil: key = .function(function.name, in: scope)
        case .version(let number): key = .functionVersion(number, of: function.name, in: scope)
        case .alias(let name): key = .functionAlias(name, of: function.name, in: scope)
        }
        guard try await exists(.function(function.name, in: scope)), try await exists(key) else {
            throw TargetFailure.invalid("Function not found: \(id)")
        }
        return function
    }
}
