import TrellisAPI
import TrellisLogs
import TrellisModel

/// CreateLogGroup and DeleteLogGroup.
extension LogsService {
    func createLogGroup(_ call: APICall) async throws -> APIResponse {
        let (name, settings) = try call.read { reader in
            let name = reader.requiredGroupName()
            if reader.string("kmsKeyId", length: 0...256) != nil { throw LogsError.unsupported("kmsKeyId") }
            let logGroupClass: LogGroupClass? = reader.enumeration("logGroupClass")
            let isProtected = reader.boolean("deletionProtectionEnabled") ?? false
            let tags = reader.tags(isRequired: false)
            return (
                name,
                name.map {
                    LogGroupSettings(
                        name: $0, creationTime: clock.now(), logGroupClass: (logGroupClass ?? .standard).rawValue,
                        isDeletionProtected: isProtected, tags: tags)
                }
            )
        }
        guard let name, let settings else { throw LogsError.noGroup }
        guard !name.rawValue.hasPrefix("aws/") else {
            throw LogsError.invalidParameter("Log groups starting with aws/ are reserved for AWS.")
        }
        try await store.createGroup(settings, in: call.scope)
        return .json(.object([:]))
    }

    func deleteLogGroup(_ call: APICall) async throws -> APIResponse {
        guard let name = try call.read({ $0.requiredGroupName() }) else { throw LogsError.noGroup }
        try await store.deleteGroup(name, in: call.scope)
        return .json(.object([:]))
    }
}

enum LogGroupClass: String, CaseIterable {
    case standard = "STANDARD"
    case infrequentAccess = "INFREQUENT_ACCESS"
    case delivery = "DELIVERY"
}
