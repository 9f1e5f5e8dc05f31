public import NIOCore
internal import TrellisModel

/// An event, and for each of its members the rule that produced it.
///
/// Made for people, not for traffic: the event is encoded as always, then read again member by member, and each one is
/// paired with what the encoder and ``ForwardedHeaders`` noted while they decided.
public struct EventExplanation: Sendable {
    /// A member that holds no other members.
    public struct Member: Hashable, Sendable {
        /// Names from the outside in, for example `headers`, `content-type`.
        public var path: [String]
        /// JSON text exactly as in the event.
        public var value: String
        /// Why it is there and so.
        public var rule: EventRule
        /// What in this request led to the rule, for example `content-type: image/png`.
        public var detail: String?
    }

    /// A line of the client that the function does not get.
    public struct DroppedLine: Hashable, Sendable {
        /// The header's name as sent.
        public var name: String
        /// Its value; of credentials too, so think before showing it.
        public var value: String
        /// Why it was dropped.
        public var rule: EventRule
    }

    /// A member that other requests would have.
    public struct AbsentMember: Hashable, Sendable {
        /// Names from the outside in.
        public var path: [String]
        /// Why it is not there.
        public var rule: EventRule
    }

    /// What the function receives.
    public var event: ByteBuffer
    /// Every member, in the event's order.
    public var members: [Member]
    /// In the order of the request.
    public var dropped: [DroppedLine]
    /// Members that are optional and missing.
    public var absent: [AbsentMember]
}

extension LambdaEventEncoder {
    /// Encodes one request and explains the event.
    ///
    /// - Parameters:
    ///   - request: With the headers as the client sent them.
    ///   - context: What Lattice knows about the request.
    ///   - forwarding: Composes the function's headers; `nil` leaves them as sent.
    /// - Throws: As ``encode(_:context:allocator:)``.
    public func explain(
        _ request: LambdaEventRequest, context: LambdaEventContext, forwarding: ForwardedHeaders?
    ) throws(LambdaEventError) -> EventExplanation {
        let headers = forwarding?.explain(request.headers)
        var forwarded = request
        if let headers { forwarded.headers = headers.composed.headers }
        let (event, body) = try encodeNotingBody(forwarded, context: context, allocator: ByteBufferAllocator())
        let notes = EventNotes(
            request: forwarded, context: context, forwarding: forwarding, headers: headers, body: body)
        return EventExplanation(
            event: event, members: EventLeaf.leaves(of: event).map(notes.member),
            dropped: zip(request.headers, headers?.treatments ?? []).compactMap { line, treatment in
                EventRule(dropping: treatment).map { .init(name: line.name, value: line.value, rule: $0) }
            },
            absent: absentMembers(of: forwarded, context))
    }

    private func absentMembers(
        of request: LambdaEventRequest, _ context: LambdaEventContext
    ) -> [EventExplanation.AbsentMember] {
        guard version == .v2 else { return [.init(path: ["requestContext"], rule: .contextOmitted)] }
        var absent: [EventExplanation.AbsentMember] = []
        if QueryParameters.withParameters(of: request.target, { $0.count == 0 }) {
            absent.append(.init(path: ["queryStringParameters"], rule: .queryOmitted))
        }
        func note(_ name: String, _ rule: EventRule) {
            absent.append(.init(path: ["requestContext", "identity", name], rule: rule))
        }
        let identity = context.identity
        if identity.sourceVpcARN == nil { note("sourceVpcArn", .sourceVpcUnknown) }
        if identity.principal == nil {
            note("principal", .callerUnknown)
        } else if identity.type == nil {
            note("type", .noAuthPolicy)
        }
        return absent
    }
}

/// What is known about a request beside its event.
private struct EventNotes {
    let request: LambdaEventRequest
    let context: LambdaEventContext
    let forwarding: ForwardedHeaders?
    let headers: ForwardedHeaders.Explained?
    let body: BodyEncoding

    func member(_ leaf: EventLeaf) -> EventExplanation.Member {
        let (rule, detail) = rule(for: leaf)
        return EventExplanation.Member(path: leaf.path, value: leaf.value, rule: rule, detail: detail)
    }

    private func rule(for leaf: EventLeaf) -> (EventRule, String?) {
        let isList = leaf.value.utf8.first == UInt8(ascii: "[")
        switch leaf.path.first {
        case "version": return (.version, nil)
        case "method": return (.method, nil)
        case "headers":
            guard leaf.path.count == 2 else { return (.noHeaders, nil) }
            return headerRule(leaf.path[1], isList: isList)
        case "queryStringParameters", "query_string_parameters":
            guard leaf.path.count == 2 else { return (.queryEmpty, nil) }
            return queryRule(leaf.path[1], isList: isList)
        case "body": return (EventRule(body), bodyDetail)
        case "isBase64Encoded", "is_base64_encoded": return (.isBase64Encoded, nil)
        case "requestContext": return (contextRule(leaf.path), nil)
        default: return (.target, nil)
        }
    }

    private var bodyDetail: String? {
        guard body == .base64ForContentType || body == .base64ForBytes || body == .text else { return nil }
        let line = request.headers.first { FieldName.equals($0.name, "content-type") }
        return line.map { "content-type: \($0.value)" }
    }

    private func queryRule(_ key: String, isList: Bool) -> (EventRule, String?) {
        let values = QueryParameters.withParameters(of: request.target) { parameters in
            parameters.withGroups { groups in
                key.withUTF8Bytes { groups.members(matching: $0) }.map {
                    String(decoding: parameters.value($0), as: UTF8.self)
                }
            }
        }
        if isList { return (.queryList, nil) }
        return values.count > 1 ? (.queryLast, "values: " + values.joined(separator: ", ")) : (.queryString, nil)
    }

    private func headerRule(_ name: String, isList: Bool) -> (EventRule, String?) {
        let lines = FieldNames.withLowercased(request.headers) { names in
            names.withGroups { groups in name.withUTF8Bytes { groups.members(matching: $0) } }
        }
        if let headers, let first = lines.first, first >= headers.passedCount {
            return (addedRule(name, headers), nil)
        }
        let spellings = lines.map { request.headers[$0].name }.filter { $0 != name }
        let sent = spellings.first.map { "sent as \($0)" }
        let count = lines.count > 1 ? "\(lines.count) lines" : nil
        let detail = [count, sent].compactMap(\.self).joined(separator: ", ")
        let rule: EventRule = isList ? .headerList : lines.count > 1 ? .headerJoined : .headerString
        return (rule, detail.isEmpty ? nil : detail)
    }

    /// - Parameter name: Of a line that ``ForwardedHeaders`` adds.
    private func addedRule(_ name: String, _ headers: ForwardedHeaders.Explained) -> EventRule {
        switch name {
        case "x-forwarded-for":
            let added = headers.composed.headers.first { $0.name == name }?.value ?? ""
            return added == forwarding?.peerAddress ? .forwardedForNew : .forwardedForAppended
        case "x-forwarded-port": return .forwardedPort
        case "x-forwarded-proto": return .forwardedProto
        case "x-amzn-requestid": return requestIDRule(headers)
        case "x-amzn-lattice-network": return .latticeNetwork
        case "x-amzn-lattice-target": return .latticeTarget
        case "x-amzn-source-vpc": return .sourceVpc
        case "x-amzn-lattice-identity": return .latticeIdentity
        default: return .latticeIdentityTags
        }
    }

    private func requestIDRule(_ headers: ForwardedHeaders.Explained) -> EventRule {
        if headers.composed.requestID == headers.clientRequestID { return .requestIDKept }
        return headers.composed.requestID == forwarding?.requestID ? .requestIDNew : .requestIDCut
    }

    private func contextRule(_ path: [String]) -> EventRule {
        switch path.last {
        case "serviceNetworkArn": context.serviceNetworkARN == nil ? .noServiceNetwork : .serviceNetworkARN
        case "serviceArn": .serviceARN
        case "targetGroupArn": .targetGroupARN
        case "region": .region
        case "timeEpoch": .timeEpoch
        case "identity": .identityEmpty
        case "sourceVpcArn": .identitySourceVpc
        case "type": .identityType
        case "principal", "principalOrgID", "sessionName": .identityPrincipal
        default: .identityX509
        }
    }
}

extension KeyGroups {
    /// All entries with the given key, in order.
    fileprivate func members(matching key: UnsafeRawBufferPointer) -> [Int] {
        var members: [Int] = []
        var index = first(matching: key)
        while let member = index {
            members.append(member)
            index = next(after: member)
        }
        return members
    }
}

/// A value in an event that is no object, or an empty one.
private struct EventLeaf {
    let path: [String]
    let value: String

    static func leaves(of event: ByteBuffer) -> [EventLeaf] {
        var leaves: [EventLeaf] = []
        event.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            // What the encoder writes is JSON, so nothing is thrown and nothing is left out.
            try? collect(&scanner, path: [], into: &leaves)
        }
        return leaves
    }

    private static func collect(
        _ scanner: inout JSONScanner, path: [String], into leaves: inout [EventLeaf]
    ) throws(LambdaResponseError) {
        let start = scanner.position
        guard try scanner.peek() == UInt8(ascii: "{") else {
            try scanner.skipValue(depth: path.count)
            leaves.append(EventLeaf(path: path, value: scanner.text(from: start)))
            return
        }
        try scanner.take(UInt8(ascii: "{"))
        if try scanner.takes(UInt8(ascii: "}")) {
            leaves.append(EventLeaf(path: path, value: "{}"))
            return
        }
        repeat {
            let name = scanner.text(of: try scanner.takeString())
            try scanner.take(UInt8(ascii: ":"))
            try collect(&scanner, path: path + [name], into: &leaves)
        } while try scanner.takes(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "}"))
    }
}

extension JSONScanner {
    fileprivate func text(from start: Int) -> String {
        String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The text of a string without its escapes.
    fileprivate func text(of token: StringToken) -> String {
        let inside = UnsafeRawBufferPointer(rebasing: bytes[token.range])
        return withUnsafeTemporaryAllocation(byteCount: inside.count, alignment: 1) { memory in
            let count = JSONUnescape.unescape(inside, to: memory)
            return String(decoding: memory[0..<count], as: UTF8.self)
        }
    }
}
