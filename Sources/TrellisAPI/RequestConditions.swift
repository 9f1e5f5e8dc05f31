package import TrellisModel

/// The condition keys that every API call has, by their names in lower case.
///
/// - Source: reference identity.md §4.6: those that do not depend on the caller. Where the client is, is not known to the
///   layers of the APIs.
package struct RequestConditions: Sendable {
    package var keys: [String: [String]]

    package init(_ request: AuthenticatedRequest, at now: Timestamp) {
        self.init(headers: request.headers, region: request.caller.region, at: now)
    }

    package init(headers: APIHeaders, region: Region?, at now: Timestamp) {
        keys = [
            "aws:currenttime": [now.iso8601Seconds],
            "aws:epochtime": [String(now.millisecondsSinceEpoch / 1000)],
            "aws:securetransport": ["false"],
        ]
        if let region { keys["aws:requestedregion"] = [region.rawValue] }
        if let agent = headers["user-agent"] { keys["aws:useragent"] = [agent] }
        if let referer = headers["referer"] { keys["aws:referer"] = [referer] }
    }
}
