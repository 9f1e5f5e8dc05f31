import TrellisAPI
import TrellisModel
import TrellisStore

/// Removes tags; a key that is not there is no mistake.
enum UntagResource: LatticeOperation {
    static let name = "UntagResource"
    static let method = "DELETE"
    static let path = "/tags/{resourceArn}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (arn, keys) = try call.read { ($0.arnLabel(), $0.tagKeys()) }
        let resource = try TaggedResource(arn, for: call)
        return try await context.write { session in
            try await resource.changeTags(in: session) { existing in
                for key in keys { existing[key] = nil }
            }
            return .json(.object([:]))
        }
    }
}

extension InputReader {
    /// Each `tagKeys` of the query.
    fileprivate func tagKeys() -> [String] {
        let keys = queryStrings("tagKeys")
        if keys.isEmpty { reportMissing("tagKeys") }
        if keys.count > LatticeShapes.tagKeys.upperBound {
            report(
                "tagKeys", "Member must have length less than or equal to \(LatticeShapes.tagKeys.upperBound)")
        }
        let length = LatticeShapes.tagKey.length
        for (index, key) in keys.enumerated() where !length.contains(key.unicodeScalars.count) {
            report(
                "tagKeys[\(index)]", value: key,
                "Member must have length between \(length.lowerBound) and \(length.upperBound)")
        }
        return keys
    }
}
