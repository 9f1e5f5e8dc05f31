import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore

/// Who may invoke, of those who sign their requests.
extension LambdaService {
    /// Lets callers of the function's own account pass, who are its root today; others need the resource policy of the
    /// way they call.
    ///
    /// - Throws: ``LambdaError/otherAccount``, also for a function that does not exist: other accounts do not learn that.
    /// - Source: reference lambda.md §8.3.
    func requirePermission(to function: FunctionARN, _ caller: Caller) async throws {
        guard function.scope.account != caller.account else { return }
        let key = StoreKey.functionPolicy(function.qualifier, of: function.name, in: function.scope)
        let isAllowed = try await store.transaction { session in
            guard let record = try await session.get(FunctionPolicyRecord.self, at: key) else { return false }
            let request = FunctionPolicyRequest(
                resource: function,
                caller: PolicyCaller(
                    kind: .account, arn: caller.principalARN, account: caller.account, userID: caller.userID))
            return FunctionPolicy(record.statements).statementAllowing(request) != nil
        }
        guard isAllowed else { throw LambdaError.otherAccount }
    }
}
