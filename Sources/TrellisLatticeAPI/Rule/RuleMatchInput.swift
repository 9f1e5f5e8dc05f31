import TrellisAPI
import TrellisModel

extension InputReader {
    func requiredRuleMatch(_ name: String) -> HTTPMatch {
        guard has(name) else {
            reportMissing(name)
            return HTTPMatch()
        }
        return ruleMatch(name) ?? HTTPMatch()
    }

    func ruleMatch(_ name: String) -> HTTPMatch? {
        guard let (match, _) = union(name, of: ["httpMatch"]), let httpMatch = match.object("httpMatch") else {
            return nil
        }
        guard let parsed = httpMatch.httpMatch() else {
            match.report("httpMatch", "Member must have at least one of [method, pathMatch, headerMatches]")
            return nil
        }
        return parsed
    }

    /// - Returns: `nil` if the match asks for nothing. The shape allows an empty method; it asks for none.
    private func httpMatch() -> HTTPMatch? {
        let method = string("method", as: LatticeShapes.httpMethod)
        let asked = presentMembers.intersection(["method", "pathMatch", "headerMatches"])
        guard !asked.isEmpty, asked != ["method"] || method != "" else { return nil }
        let headers = objects("headerMatches", count: LatticeShapes.headerMatches) ?? []
        return HTTPMatch(
            method: method.flatMap { $0.isEmpty ? nil : $0 },
            path: object("pathMatch").flatMap { $0.pathMatch() },
            headers: headers.compactMap { $0.headerMatch() })
    }

    private func pathMatch() -> PathMatch? {
        let isCaseSensitive = boolean("caseSensitive") ?? false
        guard let (match, member) = requiredUnion("match", of: ["exact", "prefix"]) else { return nil }
        let isExact = member == "exact"
        guard let text = match.string(member, as: isExact ? LatticeShapes.pathExact : LatticeShapes.pathPrefix) else {
            return nil
        }
        return PathMatch(isExact ? .exact(text) : .prefix(text), isCaseSensitive: isCaseSensitive)
    }

    private func headerMatch() -> HeaderMatch? {
        let name = requiredString("name", as: LatticeShapes.headerName)
        let isCaseSensitive = boolean("caseSensitive") ?? false
        guard let (match, member) = requiredUnion("match", of: ["exact", "prefix", "contains"]) else { return nil }
        let shape: TextShape
        let comparison: (String) -> HeaderMatch.Comparison
        switch member {
        case "exact": (shape, comparison) = (LatticeShapes.headerExact, HeaderMatch.Comparison.exact)
        case "prefix": (shape, comparison) = (LatticeShapes.headerPrefix, HeaderMatch.Comparison.prefix)
        default: (shape, comparison) = (LatticeShapes.headerContains, HeaderMatch.Comparison.contains)
        }
        guard let text = match.string(member, as: shape) else { return nil }
        return HeaderMatch(name: name, comparison(text), isCaseSensitive: isCaseSensitive)
    }
}

extension HTTPMatch {
    /// `{"httpMatch": {…}}` with the parts that the match has.
    var json: JSONValue {
        .object([
            "httpMatch": .object(omittingNil: [
                "method": .optional(method), "pathMatch": path?.json,
                "headerMatches": headers.isEmpty ? nil : .array(headers.map(\.json)),
            ])
        ])
    }
}

extension PathMatch {
    fileprivate var json: JSONValue {
        let match: JSONValue
        switch comparison {
        case .exact(let text): match = .object(["exact": .string(text)])
        case .prefix(let text): match = .object(["prefix": .string(text)])
        }
        return .object(["match": match, "caseSensitive": .boolean(isCaseSensitive)])
    }
}

extension HeaderMatch {
    fileprivate var json: JSONValue {
        let match: JSONValue
        switch comparison {
        case .exact(let text): match = .object(["exact": .string(text)])
        case .prefix(let text): match = .object(["prefix": .string(text)])
        case .contains(let text): match = .object(["contains": .string(text)])
        }
        return .object(["name": .string(name), "match": match, "caseSensitive": .boolean(isCaseSensitive)])
    }
}
