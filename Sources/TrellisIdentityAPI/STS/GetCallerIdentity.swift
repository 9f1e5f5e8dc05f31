import TrellisAPI
import TrellisModel

/// Who signed the request; no permission is needed.
enum GetCallerIdentity: STSAction {
    static let name = "GetCallerIdentity"

    static func respond(to call: STSCall) async throws -> [XMLElement] {
        [
            XMLElement("Arn", call.caller.principalARN), XMLElement("UserId", call.caller.userID),
            XMLElement("Account", call.caller.account.rawValue),
        ]
    }
}
