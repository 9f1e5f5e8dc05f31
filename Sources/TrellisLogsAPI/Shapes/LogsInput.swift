import TrellisAPI
import TrellisModel

/// The members that several operations read in the same way.
///
/// - Source: the shapes of the logs service model.
extension InputReader {
    static let groupNamePattern = TextPattern(LogGroupName.pattern) { text in
        !text.isEmpty && text.utf8.allSatisfy(LogGroupName.isAllowed)
    }
    static let streamNamePattern = TextPattern(LogStreamName.pattern) { text in
        text.utf8.allSatisfy(LogStreamName.isAllowed)
    }
    /// Names and ARNs; what it names is decided where it is used.
    private static let identifierPattern = TextPattern(#"[\w#+=/:,.@-]*"#) { isWord($0, besides: "#+=/:,.@-*") }
    private static let resourcePattern = TextPattern(#"[\w+=/:,.@-]*"#) { isWord($0, besides: "#+=/:,.@-*") }

    private static func isWord(_ text: String, besides punctuation: String) -> Bool {
        text.utf8.allSatisfy { byte in LogGroupName.isAllowed(byte) || punctuation.utf8.contains(byte) }
    }

    func requiredGroupName() -> LogGroupName? {
        LogGroupName(requiredString("logGroupName", length: 1...512, pattern: Self.groupNamePattern))
    }

    func requiredStreamName() -> LogStreamName? {
        LogStreamName(requiredString("logStreamName", length: 1...512, pattern: Self.streamNamePattern))
    }

    func streamNamePrefix() -> String? {
        string("logStreamNamePrefix", length: 1...512, pattern: Self.streamNamePattern)
    }

    /// The group that an operation looks into, by name or by ARN.
    func searchedGroup() -> SearchedGroup {
        SearchedGroup(
            name: string("logGroupName", length: 1...512, pattern: Self.groupNamePattern),
            identifier: string("logGroupIdentifier", length: 1...2048, pattern: Self.identifierPattern))
    }

    func resourceARN() -> String {
        requiredString("resourceArn", length: 1...1011, pattern: Self.resourcePattern)
    }

    func pageToken() -> String? { string("nextToken", length: 1...4096) }

    /// Milliseconds since 1970.
    func time(_ name: String) -> Int64? { integer(name, in: 0...Int.max).map(Int64.init) }

    /// - Parameter isRequired: Else absent means none.
    func tags(isRequired: Bool) -> [String: String] {
        let tags = stringMap(
            "tags", count: 1...LogTags.maximum, keyLength: 1...128, keyPattern: LogTags.keyPattern,
            valueLength: 0...256)
        if tags == nil, isRequired, !presentMembers.contains("tags") { report("tags", "Member must not be null") }
        for (name, value) in tags ?? [:] where !LogTags.valuePattern.matches(value) {
            report(
                "tags.\(name)", value: value,
                "Member must satisfy regular expression pattern: "
                    + LogTags.valuePattern.text)
        }
        return tags ?? [:]
    }
}

/// `logGroupName` or `logGroupIdentifier`, exactly one of them.
struct SearchedGroup {
    var name: String?
    var identifier: String?

    /// - Throws: ``LogsError``; a group of another account or Region is one that does not exist.
    func resolve(in scope: Scope) throws(LogsError) -> LogGroupName {
        switch (name, identifier) {
        case (nil, nil):
            throw .invalidParameter("Either logGroupName or logGroupIdentifier must be given.")
        case (.some, .some):
            throw .invalidParameter("Only one of logGroupName and logGroupIdentifier can be given.")
        case (let name?, nil):
            guard let group = LogGroupName(name) else { throw .noGroup }
            return group
        case (nil, let identifier?):
            if let group = LogGroupName(identifier) { return group }
            guard let arn = LogGroupARN(identifier) else {
                throw .invalidParameter("The logGroupIdentifier is neither a name nor the ARN of a log group.")
            }
            guard arn.scope == scope else { throw .noGroup }
            return arn.group
        }
    }
}
