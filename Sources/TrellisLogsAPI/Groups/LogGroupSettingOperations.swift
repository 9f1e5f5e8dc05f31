import TrellisAPI
import TrellisLogs
import TrellisModel

/// PutRetentionPolicy, DeleteRetentionPolicy and PutLogGroupDeletionProtection.
extension LogsService {
    /// - Source: the shape `Days` of the logs service model.
    static let retentionDays = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]

    func putRetentionPolicy(_ call: APICall) async throws -> APIResponse {
        let (name, days) = try call.read { reader in
            (reader.requiredGroupName(), reader.requiredInteger("retentionInDays", in: Int.min...Int.max))
        }
        guard let name else { throw LogsError.noGroup }
        guard Self.retentionDays.contains(days) else {
            let all = Self.retentionDays.map(String.init).joined(separator: ", ")
            throw LogsError.invalidParameter(
                "1 validation error detected: Value '\(days)' at 'retentionInDays' failed to satisfy constraint: "
                    + "Member must satisfy enum value set: [\(all)]")
        }
        return try await setRetention(days, of: name, call)
    }

    func deleteRetentionPolicy(_ call: APICall) async throws -> APIResponse {
        guard let name = try call.read({ $0.requiredGroupName() }) else { throw LogsError.noGroup }
        return try await setRetention(nil, of: name, call)
    }

    private func setRetention(_ days: Int?, of name: LogGroupName, _ call: APICall) async throws -> APIResponse {
        try await store.changeGroup(name, in: call.scope) { $0.retentionInDays = days }
        return .json(.object([:]))
    }

    func putLogGroupDeletionProtection(_ call: APICall) async throws -> APIResponse {
        let (group, isProtected) = try call.read { reader in
            let identifier = reader.requiredString("logGroupIdentifier", length: 1...2048)
            let isProtected = reader.boolean("deletionProtectionEnabled")
            if isProtected == nil { reader.report("deletionProtectionEnabled", "Member must not be null") }
            return (SearchedGroup(name: nil, identifier: identifier), isProtected ?? false)
        }
        let name = try group.resolve(in: call.scope)
        try await store.changeGroup(name, in: call.scope) { $0.isDeletionProtected = isProtected }
        return .json(.object([:]))
    }
}
