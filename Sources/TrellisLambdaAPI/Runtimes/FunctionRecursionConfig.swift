import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET` and `PUT /2024-08-31/functions/{FunctionName}/recursion-config`
///
/// Trellis does not look for functions that invoke themselves through queues and topics, of which it has none: loops are
/// always allowed, and that they be ended is refused.
extension LambdaService {
    func getFunctionRecursionConfig(_ call: APICall) async throws -> APIResponse {
        let identifier = try call.read { $0.functionLabel(.unqualified, in: call.scope) }
        return try await recursionConfig(of: identifier.resolveUnqualified(in: call.scope))
    }

    func putFunctionRecursionConfig(_ call: APICall) async throws -> APIResponse {
        let (identifier, loop) = try call.read { reader -> (FunctionIdentifier, RecursiveLoop?) in
            _ = reader.requiredString("RecursiveLoop")
            return (reader.functionLabel(.unqualified, in: call.scope), reader.enumeration("RecursiveLoop"))
        }
        let answer = try await recursionConfig(of: identifier.resolveUnqualified(in: call.scope))
        guard loop == .allow else { throw LambdaError.unsupportedMembers(["RecursiveLoop Terminate"]) }
        return answer
    }

    private func recursionConfig(of arn: FunctionARN) async throws -> APIResponse {
        _ = try await store.transaction { try await $0.function(arn) }
        return .json(.object(["RecursiveLoop": .string(RecursiveLoop.allow.rawValue)]))
    }
}

private enum RecursiveLoop: String, CaseIterable {
    case allow = "Allow"
    case terminate = "Terminate"
}
