import TrellisModel

enum GetRole: IAMAction {
    static let name = "GetRole"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let name = try call.read { $0.name(of: RoleRecord.self) }
        return [try await call.holder(RoleRecord.self, name).element]
    }
}
