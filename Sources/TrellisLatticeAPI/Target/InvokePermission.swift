import TrellisAPI
import TrellisModel
import TrellisStore

extension StoreSession {
    /// Lets a target group invoke a function, unless the function's policy does already.
    ///
    /// - Throws: ``TargetFailure`` if the policy would grow beyond Lambda's limit.
    func grantInvoke(
        on function: FunctionARN, to group: TargetGroupRecord, random: any RandomSource
    ) async throws {
        let key = StoreKey.functionPolicy(function.qualifier, of: function.name, in: function.scope)
        var policy =
            try await get(FunctionPolicyRecord.self, at: key) ?? FunctionPolicyRecord(statements: [], revisionID: "")
        guard !policy.letsInvoke(function, from: group) else { return }
        var statement = FunctionPolicyStatement.latticeInvoke(function: function, from: group.id, in: group.scope)
        statement.sid = policy.unusedSid(like: statement.sid)
        policy.statements.append(statement)
        policy.revisionID = random.uuid()
        let size = policy.document.encoded().count
        guard size <= FunctionPolicyRecord.documentSizeLimit else {
            throw TargetFailure.invalid(
                "The policy of function \(function) would have \(size) bytes with the permission for this target group,"
                    + " more than the limit of \(FunctionPolicyRecord.documentSizeLimit)")
        }
        try put(policy, at: key)
    }
}

extension RecordReader {
    /// Whether a function's policy lets a target group invoke it already.
    func letsInvoke(_ function: FunctionARN, from group: TargetGroupRecord) async throws -> Bool {
        let key = StoreKey.functionPolicy(function.qualifier, of: function.name, in: function.scope)
        return try await get(FunctionPolicyRecord.self, at: key)?.letsInvoke(function, from: group) ?? false
    }
}

extension FunctionPolicyRecord {
    fileprivate func letsInvoke(_ function: FunctionARN, from group: TargetGroupRecord) -> Bool {
        statements.contains { $0.letsInvoke(function, from: group) }
    }

    /// Bytes of the policy document.
    fileprivate static let documentSizeLimit = 20_480

    /// A statement with the id of the grant that grants something else keeps it; the grant gets `-2`, `-3`, ….
    fileprivate func unusedSid(like sid: String) -> String {
        let taken = Set(statements.map(\.sid))
        guard taken.contains(sid) else { return sid }
        var number = 2
        while taken.contains("\(sid)-\(number)") { number += 1 }
        return "\(sid)-\(number)"
    }

    /// The policy as GetPolicy shows it.
    fileprivate var document: JSONValue {
        .object([
            "Version": "2012-10-17", "Id": "default", "Statement": .array(statements.map(\.document)),
        ])
    }
}

extension FunctionPolicyStatement {
    /// Whether this statement is enough for the group's requests.
    ///
    /// A statement with a condition that is not understood here is taken not to be: one grant too many does no harm.
    fileprivate func letsInvoke(_ function: FunctionARN, from group: TargetGroupRecord) -> Bool {
        guard ["lambda:InvokeFunction", "lambda:*", "*"].contains(action), resource == function else { return false }
        guard principal == .anyone || principal == .service("vpc-lattice.amazonaws.com") else { return false }
        return conditions.allSatisfy { conditionOperator, pairs in
            pairs.allSatisfy { key, pattern in
                holds(conditionOperator, key.lowercased(), pattern, for: group)
            }
        }
    }

    private func holds(
        _ conditionOperator: String, _ key: String, _ pattern: String, for group: TargetGroupRecord
    ) -> Bool {
        let value: String
        switch key {
        case "aws:sourcearn": value = group.arn
        case "aws:sourceaccount": value = group.scope.account.rawValue
        default: return false
        }
        switch conditionOperator {
        case "StringEquals": return value == pattern
        case "StringLike": return wildcardMatches(pattern[...], value[...])
        case "ArnLike", "ArnEquals": return arnMatches(pattern, value)
        default: return false
        }
    }

    fileprivate var document: JSONValue {
        let principal: JSONValue
        switch self.principal {
        case .anyone: principal = "*"
        case .service(let name): principal = .object(["Service": .string(name)])
        case .aws(let arn): principal = .object(["AWS": .string(arn)])
        }
        let conditions = conditions.mapValues { JSONValue.object($0.mapValues(JSONValue.string)) }
        return .object(omittingNil: [
            "Sid": .string(sid), "Effect": "Allow", "Principal": principal, "Action": .string(action),
            "Resource": .string(resource.description),
            "Condition": conditions.isEmpty ? nil : .object(conditions),
        ])
    }
}

/// Compares the six colon-separated parts one by one.
private func arnMatches(_ pattern: String, _ arn: String) -> Bool {
    let patternParts = pattern.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    return patternParts.count == parts.count && zip(patternParts, parts).allSatisfy(wildcardMatches)
}

/// `*` stands for any text, `?` for one character.
private func wildcardMatches(_ pattern: Substring, _ text: Substring) -> Bool {
    var rest = text[...]
    var pattern = pattern
    // Where to go on if the text after the last star does not fit here.
    var afterStar: (pattern: Substring, text: Substring)?
    while !rest.isEmpty || !pattern.isEmpty {
        if pattern.first == "*" {
            pattern = pattern.dropFirst()
            afterStar = (pattern, rest)
        } else if let expected = pattern.first, let found = rest.first, expected == "?" || expected == found {
            pattern = pattern.dropFirst()
            rest = rest.dropFirst()
        } else if let star = afterStar, !star.text.isEmpty {
            pattern = star.pattern
            rest = star.text.dropFirst()
            afterStar = (star.pattern, rest)
        } else {
            return false
        }
    }
    return true
}
