import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore

/// Who may invoke, of those who sign their requests.
extension LambdaService {
    /// Lets a caller pass whom their own policies or the function's policy allow it, from another account both.
    ///
    /// The function's policy is that of the way they call. What denies, decides.
    ///
    /// - Throws: ``LambdaError/otherAccount`` for callers of other accounts, also for a function that does not exist: they
    ///   do not learn that. ``TrellisAPI/AccessDenied`` for those of the function's account.
    /// - Source: reference lambda.md §8.3, identity.md §4.5.
    func requirePermission(to function: FunctionARN, _ call: APICall) async throws {
        let caller = call.caller
        let isOwn = function.scope.account == caller.account
        if isOwn, case .everything = caller.policies { return }
        var keys = RequestConditions(call, at: clock.now()).keys
        try await keys.addTags(of: function, in: store)
        let request = ActionRequest(
            caller: caller.principal, action: FunctionPolicy.invokeFunction, resource: function.description, keys: keys)
        let denial = caller.policies.denial(of: request)
        if isOwn, denial == nil { return }
        let isInvited = try await isAllowedByPolicy(of: function, caller)
        guard isOwn else {
            guard isInvited, denial == nil else { throw LambdaError.otherAccount }
            return
        }
        guard let denial else { return }
        // The function's policy is as good as the identity's own, but for what denies and for a session's limits.
        if !denial.isExplicit, isInvited, caller.policies.limitsAllow(request) { return }
        throw AccessDenied(message: denial.message(for: request))
    }

    private func isAllowedByPolicy(of function: FunctionARN, _ caller: Caller) async throws -> Bool {
        let key = StoreKey.functionPolicy(function.qualifier, of: function.name, in: function.scope)
        return try await store.transaction { session in
            guard let record = try await session.get(FunctionPolicyRecord.self, at: key) else { return false }
            let request = FunctionPolicyRequest(resource: function, caller: caller.principal)
            // A statement that lets the function's own account in leaves it to the policies of its users and roles.
            let statements = record.statements.filter { $0.principal != .aws(function.scope.account.rootARN) }
            return FunctionPolicy(statements).statementAllowing(request) != nil
        }
    }
}
