import TrellisAPI
import TrellisModel
import TrellisStore

/// Registers the function of a LAMBDA group and lets the group invoke it.
///
/// A group holds one function. A draining target does not count, because no request goes to it any more; registering
/// the same function again takes it out of draining.
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
                    try await registration.register(target, in: session, random: context.random)
                    outcomes.succeed(target)
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
        var registered: [TargetRecord]

        mutating func register(
            _ target: TargetInput, in session: StoreSession, random: any RandomSource
        ) async throws {
            guard target.port == nil else {
                throw TargetFailure.invalid("A target of a LAMBDA target group has no port")
            }
            if registered.contains(where: { $0.id == target.id && !$0.isDraining }) { return }
            let function = try await session.registrableFunction(target.id, for: group.scope)
            if let other = registered.first(where: { $0.id != target.id && !$0.isDraining }) {
                throw TargetFailure.unsupported(
                    "A LAMBDA target group holds one function, and \(other.id) is registered already")
            }
            registered.removeAll { $0.id == target.id }
            guard registered.count < limit else {
                throw LatticeError.quotaExceeded(
                    .targetsPerTargetGroup, limit: limit, resourceType: TargetGroupKind.resourceType)
            }
            try await session.grantInvoke(on: function, to: group, random: random)
            let record = TargetRecord(
                id: target.id, targetGroup: group.id, scope: group.scope, registeredAt: now, isDraining: false)
            try session.put(record, at: record.key)
            registered.append(record)
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
