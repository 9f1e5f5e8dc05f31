import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

/// The head of a message: a first line and header lines.
struct ConformanceHead {
    let firstLine: String
    let headers: HeaderList

    init(_ text: String, in place: String) throws {
        guard text.utf8.last == UInt8(ascii: "\n") else {
            throw MalformedCase(place: place, what: "does not end with a line end")
        }
        let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        firstLine = String(try #require(lines.first, "\(place) has a first line"))
        headers = try lines.dropFirst().map { line in
            let colon = try #require(line.firstIndex(of: ":"), "\(place): a header line has a colon")
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (name: String(line[..<colon]), value: String(value))
        }
    }
}

/// `context.json` with what one case replaces.
struct ConformanceContext {
    let context: LambdaEventContext
    let peerAddress: String
    let listenerPort: Int
    let scheme: ForwardedHeaders.Scheme
    let requestID: String
    let forwardsCallerCredentials: Bool

    init(replacing replacements: JSONValue?, in place: String) throws {
        let defaults = try ConformanceFolder.json("context.json")
        guard case .object(var members) = defaults, case .object(let changes) = replacements ?? .object([:]) else {
            throw MalformedCase(place: place, what: "context is not an object")
        }
        for (name, value) in changes {
            #expect(members[name] != nil, "\(place): context.json has no \(name)")
            members[name] = value
        }
        let all = try Members(.object(members), of: place)
        peerAddress = try all.require(all.text("peerAddress"), "peerAddress")
        listenerPort = try all.require(all.integer("listenerPort"), "listenerPort")
        let scheme = try all.require(all.text("scheme"), "scheme")
        self.scheme = try #require(ForwardedHeaders.Scheme(rawValue: scheme))
        requestID = try all.require(all.text("requestId"), "requestId")
        forwardsCallerCredentials = try all.require(all.flag("forwardsCallerCredentials"), "switch")
        context = LambdaEventContext(
            serviceNetworkARN: try all.text("serviceNetworkArn"),
            serviceARN: try all.require(all.text("serviceArn"), "serviceArn"),
            targetGroupARN: try all.require(all.text("targetGroupArn"), "targetGroupArn"),
            region: try all.require(all.text("region"), "region"),
            identity: try Self.identity(all.require(all.take("identity"), "identity"), in: place),
            timeEpoch: try all.require(all.text("timeEpoch").flatMap(Int64.init), "timeEpoch"))
        all.expectAllRead()
    }

    private static func identity(_ value: JSONValue, in place: String) throws -> CallerIdentity {
        let members = try Members(value, of: "\(place): identity")
        var identity = CallerIdentity(
            sourceVpcARN: try members.text("sourceVpcArn"), type: try members.text("type"),
            principal: try members.text("principal"), principalOrgID: try members.text("principalOrgID"),
            principalOrgPath: try members.text("principalOrgPath"), sessionName: try members.text("sessionName"))
        let x509 = X509Identity(
            issuerOU: try members.text("x509IssuerOu"), sanDNS: try members.text("x509SanDns"),
            sanNameCN: try members.text("x509SanNameCn"), sanURI: try members.text("x509SanUri"),
            subjectCN: try members.text("x509SubjectCn"))
        if x509 != X509Identity() { identity.x509 = x509 }
        if case .array(let tags) = members.take("tags") {
            identity.principalTags = try tags.map { tag in
                guard case .array(let pair) = tag, pair.count == 2, let key = pair[0].text, let text = pair[1].text
                else { throw MalformedCase(place: place, what: "a tag is a pair") }
                return PrincipalTag(key: key, value: text)
            }
        }
        members.expectAllRead()
        return identity
    }
}

extension LambdaResponseError.Reason {
    /// Takes the name of a reason and its details from an `error.json`.
    init(_ error: Members, in place: String) throws {
        let name = try error.require(error.text("reason"), "reason")
        func byte() throws -> UInt8 { try #require(UInt8(exactly: try error.require(error.integer("byte"), "byte"))) }
        func limit() throws -> Int { try error.require(error.integer("limit"), "limit") }
        func header() throws -> String { try error.require(error.text("header"), "header") }
        switch name {
        case "unexpectedEnd": self = .unexpectedEnd
        case "unexpectedByte": self = .unexpectedByte(try byte())
        case "controlCharacterInString": self = .controlCharacterInString(try byte())
        case "invalidEscape": self = .invalidEscape
        case "invalidUTF8": self = .invalidUTF8
        case "nestingTooDeep": self = .nestingTooDeep(limit: try limit())
        case "trailingBytes": self = .trailingBytes
        case "notAnObject": self = .notAnObject
        case "missingStatusCode": self = .missingStatusCode
        case "statusCodeNotNumeric": self = .statusCodeNotNumeric
        case "statusCodeOutOfRange": self = .statusCodeOutOfRange
        case "wrongType":
            let member = try error.require(error.text("member"), "member")
            self = .wrongType(try #require(LambdaResponseError.Member(rawValue: member)))
        case "headerValueNotString": self = .headerValueNotString(name: try header())
        case "invalidHeaderName": self = .invalidHeaderName
        case "invalidHeaderValue": self = .invalidHeaderValue(name: try header())
        case "tooManyHeaders": self = .tooManyHeaders(limit: try limit())
        case "headersTooLarge": self = .headersTooLarge(limit: try limit())
        case "invalidBase64": self = .invalidBase64
        default: throw MalformedCase(place: place, what: "unknown reason \(name)")
        }
    }
}

extension JSONValue {
    /// JSON pointers to every place of `other` that this value does not have, or has otherwise.
    ///
    /// Members of objects may be more here than there; everything else must be equal.
    func places(differingFrom other: JSONValue, at pointer: String = "") -> [String] {
        guard case .object(let wanted) = other, case .object(let present) = self else {
            return self == other ? [] : [pointer]
        }
        return wanted.flatMap { name, value -> [String] in
            let place = "\(pointer)/\(name)"
            return present[name]?.places(differingFrom: value, at: place) ?? [place]
        }
    }
}
