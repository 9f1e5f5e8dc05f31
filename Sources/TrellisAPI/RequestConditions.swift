package import TrellisModel

/// The condition keys that every API call has, by their names in lower case.
///
/// - Source: reference identity.md §4.6: those that do not depend on the caller. No client comes to the APIs through a VPC
///   endpoint, so that `aws:SourceVpc`, `aws:SourceVpce` and `aws:VpcSourceIp` are absent and `aws:SourceIp` is the other
///   end of the connection.
package struct RequestConditions: Sendable {
    package var keys: [String: [String]]

    package init(_ request: AuthenticatedRequest, at now: Timestamp) {
        self.init(request.headers, request.client, request.caller.region, at: now)
    }

    package init(_ call: APICall, at now: Timestamp) {
        self.init(call.headers, call.client, call.caller.region, at: now)
    }

    /// Of a request without a signature, which names no Region.
    package init(_ head: RequestHead, at now: Timestamp) {
        self.init(head.headers, head.client, nil, at: now)
    }

    private init(_ headers: APIHeaders, _ client: IPAddress?, _ region: Region?, at now: Timestamp) {
        keys = [
            "aws:currenttime": [now.iso8601Seconds],
            "aws:epochtime": [String(now.millisecondsSinceEpoch / 1000)],
            "aws:securetransport": ["false"],
        ]
        if let client { keys["aws:sourceip"] = [client.description] }
        if let region { keys["aws:requestedregion"] = [region.rawValue] }
        if let agent = headers["user-agent"] { keys["aws:useragent"] = [agent] }
        if let referer = headers["referer"] { keys["aws:referer"] = [referer] }
    }
}
