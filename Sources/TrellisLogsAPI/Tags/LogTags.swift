import TrellisAPI
import TrellisLogs
import TrellisModel

/// What tags may be.
///
/// - Source: `Tags`, `TagKey` and `TagValue` in the logs service model.
enum LogTags {
    static let maximum = 50
    static let keyPattern = TextPattern(#"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$"#) { text in
        !text.isEmpty && text.unicodeScalars.allSatisfy(isAllowed)
    }
    static let valuePattern = TextPattern(#"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"#) { text in
        text.unicodeScalars.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
            true
        default: "_.:/=+-@".unicodeScalars.contains(scalar)
        }
    }
}

/// TagResource, UntagResource and ListTagsForResource, and their three older forms that take a name.
extension LogsService {
    func tagResource(_ call: APICall) async throws -> APIResponse {
        let (resource, tags) = try call.read { ($0.resourceARN(), $0.tags(isRequired: true)) }
        return try await tag(try Self.group(resource, in: call.scope), tags, call)
    }

    func tagLogGroup(_ call: APICall) async throws -> APIResponse {
        let (name, tags) = try call.read { ($0.requiredGroupName(), $0.tags(isRequired: true)) }
        guard let name else { throw LogsError.noGroup }
        return try await tag(name, tags, call)
    }

    private func tag(_ group: LogGroupName, _ tags: [String: String], _ call: APICall) async throws -> APIResponse {
        let resource = LogGroupARN(scope: call.scope, group: group).description
        try await store.changeGroup(group, in: call.scope) { settings in
            settings.tags.merge(tags) { _, new in new }
            guard settings.tags.count <= LogTags.maximum else {
                throw LogsError.tooManyTags(
                    "A resource can have no more than \(LogTags.maximum) tags.", resource: resource)
            }
        }
        return .json(.object([:]))
    }

    func untagResource(_ call: APICall) async throws -> APIResponse {
        let (resource, keys) = try call.read { reader in
            let keys = reader.strings("tagKeys", count: 0...LogTags.maximum, length: 1...128)
            if keys == nil, !reader.presentMembers.contains("tagKeys") {
                reader.report("tagKeys", "Member must not be null")
            }
            return (reader.resourceARN(), keys ?? [])
        }
        return try await untag(try Self.group(resource, in: call.scope), keys, call)
    }

    func untagLogGroup(_ call: APICall) async throws -> APIResponse {
        let (name, keys) = try call.read { reader in
            let keys = reader.strings("tags", count: 1...Int.max, length: 1...128)
            if keys == nil, !reader.presentMembers.contains("tags") {
                reader.report("tags", "Member must not be null")
            }
            return (reader.requiredGroupName(), keys ?? [])
        }
        guard let name else { throw LogsError.noGroup }
        return try await untag(name, keys, call)
    }

    private func untag(_ group: LogGroupName, _ keys: [String], _ call: APICall) async throws -> APIResponse {
        try await store.changeGroup(group, in: call.scope) { settings in
            for key in keys { settings.tags[key] = nil }
        }
        return .json(.object([:]))
    }

    func listTagsForResource(_ call: APICall) async throws -> APIResponse {
        let resource = try call.read { $0.resourceARN() }
        return try await tags(of: try Self.group(resource, in: call.scope), call)
    }

    func listTagsLogGroup(_ call: APICall) async throws -> APIResponse {
        guard let name = try call.read({ $0.requiredGroupName() }) else { throw LogsError.noGroup }
        return try await tags(of: name, call)
    }

    private func tags(of group: LogGroupName, _ call: APICall) async throws -> APIResponse {
        let tags = try await store.group(group, in: call.scope).settings.tags
        return .json(.object(["tags": .object(tags.mapValues(JSONValue.string))]))
    }

    private static func group(_ arn: String, in scope: Scope) throws(LogsError) -> LogGroupName {
        guard let arn = LogGroupARN(arn) else {
            throw .invalidParameter("The resourceArn is not the ARN of a log group.")
        }
        guard arn.scope == scope else { throw .noGroup }
        return arn.group
    }
}
