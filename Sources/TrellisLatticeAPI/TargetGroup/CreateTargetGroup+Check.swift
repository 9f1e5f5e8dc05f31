package import TrellisAPI

extension LatticeAPI {
    /// What CreateTargetGroup would say to an input before it looks at what is there: for forms of several steps.
    ///
    /// - Returns: `nil` for an input that is right by itself.
    package static func refusal(ofTargetGroup call: APICall) -> APIError? {
        do {
            _ = try call.read(CreateTargetGroup.Input.init)
            return nil
        } catch {
            return LatticeErrorTable().wireError(for: error)
        }
    }
}
