import TrellisAPI
import TrellisModel

extension TextPattern {
    /// An ARN of any service, in which the parts before the resource are lower-case words.
    static let accessLogDestinationARN = TextPattern(arnExpression + "([^/].*)?") { text in
        guard let resource = resource(of: text) else { return false }
        let scalars = resource.unicodeScalars
        return scalars.first != "/" && !scalars.dropFirst().contains("\n")
    }

    /// The id or ARN of what may have access log subscriptions.
    static let accessLogOwner = TextPattern(
        "((((sn)|(svc)|(rcfg))-[0-9a-z]{17})|(" + arnExpression
            + "((servicenetwork/sn)|(resourceconfiguration/rcfg)|(service/svc))-[0-9a-z]{17}))"
    ) { text in
        if ownerTails.contains(where: { isID(text[...], prefix: $0.idPrefix) }) { return true }
        guard let resource = resource(of: text) else { return false }
        return ownerTails.contains { tail in
            resource.hasPrefix(tail.name) && isID(resource.dropFirst(tail.name.count), prefix: tail.idPrefix)
        }
    }

    private static let arnExpression = "arn(:[a-z0-9]+([.-][a-z0-9]+)*){2}(:([a-z0-9]+([.-][a-z0-9]+)*)?){2}:"

    private static let ownerTails = [
        (name: "servicenetwork/", idPrefix: "sn"), (name: "service/", idPrefix: "svc"),
        (name: "resourceconfiguration/", idPrefix: "rcfg"),
    ]

    /// What follows the account; `nil` if what is before it has another form.
    private static func resource(of text: String) -> Substring? {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", isWords(parts[1]), isWords(parts[2]) else { return nil }
        guard parts[3...4].allSatisfy({ $0.isEmpty || isWords($0) }) else { return nil }
        return parts[5]
    }
}
