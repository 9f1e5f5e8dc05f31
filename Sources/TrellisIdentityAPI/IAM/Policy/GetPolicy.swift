import TrellisModel
import TrellisStore

enum GetPolicy: IAMAction {
    static let name = "GetPolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let policy = try await call.policy(try call.read { $0.policyARN() })
        let attachments = try await call.store.count(under: .policyAttachments(policy.name, of: call.account))
        return [policy.element(attachments: attachments.count)]
    }
}
