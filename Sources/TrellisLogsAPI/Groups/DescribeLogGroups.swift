import TrellisAPI
import TrellisLogs
import TrellisModel

extension LogsService {
    private struct Selection {
        var prefix: String?
        var pattern: String?
        var logGroupClass: LogGroupClass?
        var identifiers: [String]?
        var token: String?
        var limit: Int?
    }

    func describeLogGroups(_ call: APICall) async throws -> APIResponse {
        let selection = try call.read { reader in
            if let accounts = reader.strings("accountIdentifiers", count: 0...20), !accounts.isEmpty {
                throw LogsError.unsupported("accountIdentifiers")
            }
            if reader.boolean("includeLinkedAccounts") == true {
                throw LogsError.unsupported("includeLinkedAccounts")
            }
            return Selection(
                prefix: reader.string("logGroupNamePrefix", length: 1...512, pattern: InputReader.groupNamePattern),
                pattern: reader.string(
                    "logGroupNamePattern", length: 0...512,
                    pattern: TextPattern(#"[\.\-_/#A-Za-z0-9]*"#) { $0.utf8.allSatisfy(LogGroupName.isAllowed) }),
                logGroupClass: reader.enumeration("logGroupClass"),
                identifiers: reader.strings("logGroupIdentifiers", count: 1...50, length: 1...2048),
                token: reader.pageToken(), limit: reader.integer("limit", in: 1...50))
        }
        guard selection.prefix == nil || selection.pattern == nil else {
            throw LogsError.invalidParameter(
                "LogGroupNamePrefix and LogGroupNamePattern are mutually exclusive parameters.")
        }
        let groups = try await store.groups(in: call.scope).filter(filter(selection, in: call.scope))
        let page = try LogsPage.page(groups, after: selection.token, limit: selection.limit) { $0.name.rawValue }
        return .json(
            .object(omittingNil: [
                "logGroups": .array(
                    page.items.map { group in
                        let arn = LogGroupARN(scope: call.scope, group: group.name)
                        return selection.pattern == nil ? group.json(arn) : group.shortJSON(arn)
                    }),
                "nextToken": .optional(page.nextToken),
            ]))
    }

    private func filter(_ selection: Selection, in scope: Scope) throws -> (LogGroup) -> Bool {
        let names = try selection.identifiers.map { identifiers in
            // One that belongs to somebody else is not found, as one that does not exist.
            try Set(
                identifiers.compactMap { identifier -> LogGroupName? in
                    do throws(LogsError) {
                        return try SearchedGroup(name: nil, identifier: identifier).resolve(in: scope)
                    } catch .resourceNotFound {
                        return nil
                    }
                })
        }
        return { group in
            if let prefix = selection.prefix, !group.name.rawValue.hasPrefix(prefix) { return false }
            if let pattern = selection.pattern, !pattern.isEmpty, !group.name.rawValue.contains(pattern) {
                return false
            }
            if let logGroupClass = selection.logGroupClass, group.settings.logGroupClass != logGroupClass.rawValue {
                return false
            }
            return names?.contains(group.name) ?? true
        }
    }
}

extension LogGroup {
    fileprivate func json(_ arn: LogGroupARN) -> JSONValue {
        .object(omittingNil: [
            "logGroupName": .string(name.rawValue),
            "creationTime": .integer(settings.creationTime.millisecondsSinceEpoch),
            "retentionInDays": settings.retentionInDays.map { .integer(Int64($0)) },
            "metricFilterCount": 0,
            "arn": .string("\(arn):*"),
            "logGroupArn": .string(arn.description),
            "storedBytes": .integer(Int64(storedBytes)),
            "logGroupClass": .string(settings.logGroupClass),
            "deletionProtectionEnabled": .boolean(settings.isDeletionProtected),
        ])
    }

    /// With a pattern the answer has only these.
    fileprivate func shortJSON(_ arn: LogGroupARN) -> JSONValue {
        .object([
            "logGroupName": .string(name.rawValue),
            "creationTime": .integer(settings.creationTime.millisecondsSinceEpoch),
            "arn": .string("\(arn):*"),
        ])
    }
}
