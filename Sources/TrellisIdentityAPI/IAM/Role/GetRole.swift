enum GetRole: IAMAction {
    static let name = "GetRole"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let name = try call.read { $0.roleName() }
        return [try await call.role(name).element]
    }
}
