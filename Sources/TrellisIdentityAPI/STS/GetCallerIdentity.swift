import TrellisAPI
import TrellisModel

extension STSAPI {
    /// Who signed the request; no permission is needed.
    func getCallerIdentity(_ request: AuthenticatedRequest) -> APIResponse {
        let caller = request.caller
        return query.answer(
            "GetCallerIdentity",
            result: [
                XMLElement("Arn", caller.principalARN),
                XMLElement("UserId", caller.userID),
                XMLElement("Account", caller.account.rawValue),
            ], requestID: request.requestID)
    }
}
