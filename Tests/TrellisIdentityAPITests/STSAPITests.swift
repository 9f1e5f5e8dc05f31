import Foundation
import NIOCore
import Testing
import TrellisAPI
import TrellisIdentityAPI
import TrellisModel

@Suite struct STSAPITests {
    private static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    private static func respond(
        _ method: String = "POST", query: String = "", body: String = "",
        arn: String = "arn:aws:iam::123456789012:root",
        userID: String = "123456789012"
    ) async throws -> APIResponse {
        let caller = Caller(
            accessKeyID: "AKIATEST", account: try #require(AccountID("123456789012")),
            region: try #require(Region("us-east-1")), principalARN: arn, userID: userID)
        return try await IAMWorld().sts.respond(
            to: AuthenticatedRequest(
                method: method, path: "/", query: query, headers: APIHeaders(), body: ByteBuffer(string: body),
                caller: caller, requestID: "req-1"))
    }

    private static func contentType(_ response: APIResponse) -> String? {
        response.headers.first { $0.name == "content-type" }?.value
    }

    private static func error(_ code: String, _ message: String, type: String = "Sender") -> String {
        "<ErrorResponse xmlns=\"\(namespace)\"><Error><Type>\(type)</Type><Code>\(code)</Code>"
            + "<Message>\(message)</Message></Error><RequestId>req-1</RequestId></ErrorResponse>"
    }

    @Test(arguments: [
        ("POST", "", "Action=GetCallerIdentity&Version=2011-06-15"),
        ("POST", "", "Version=2011-06-15&Action=Get%43allerIdentity"),
        ("GET", "Action=GetCallerIdentity&Version=2011-06-15", ""),
        ("POST", "Action=GetCallerIdentity&Version=2011-06-15", ""),
        ("POST", "Version=2011-06-15", "Action=GetCallerIdentity"),
    ])
    func tellsTheCallerWhoItIs(_ method: String, _ query: String, _ body: String) async throws {
        let response = try await Self.respond(method, query: query, body: body)
        #expect(response.status == 200)
        #expect(Self.contentType(response) == "text/xml")
        #expect(
            String(buffer: response.body)
                == "<GetCallerIdentityResponse xmlns=\"\(Self.namespace)\"><GetCallerIdentityResult>"
                + "<Arn>arn:aws:iam::123456789012:root</Arn><UserId>123456789012</UserId>"
                + "<Account>123456789012</Account></GetCallerIdentityResult>"
                + "<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>")
    }

    @Test func writesNoMarkupThatIsData() async throws {
        let response = try await Self.respond(
            body: "Action=GetCallerIdentity&Version=2011-06-15",
            arn: "arn:aws:iam::123456789012:user/<a>&\"'\r\n\u{1}é",
            userID: "]]>")
        let text = String(buffer: response.body)
        #expect(text.contains("<Arn>arn:aws:iam::123456789012:user/&lt;a&gt;&amp;&quot;&apos;&#xD;\n\u{FFFD}é</Arn>"))
        #expect(text.contains("<UserId>]]&gt;</UserId>"))
        let parser = XMLChecker()
        #expect(parser.accepts(text))
    }

    static let refusals: [(String, String, String, Int, String, String)] = [
        ("POST", "", "", 400, "MissingAction", "The request must contain the parameter Action."),
        (
            "POST", "", "Version=2011-06-15&Action=", 400, "MissingAction",
            "The request must contain the parameter Action."
        ),
        ("GET", "", "", 400, "MissingAction", "The request must contain the parameter Action."),
        (
            "POST", "", "Action=AssumeRoleWithSAML&Version=2011-06-15", 400, "InvalidAction",
            "The action AssumeRoleWithSAML is not supported by this Trellis."
        ),
        (
            "POST", "", "Action=GetFederationToken&Version=2011-06-15", 400, "InvalidAction",
            "The action GetFederationToken is not supported by this Trellis."
        ),
        (
            "POST", "", "Action=Nothing&Version=2011-06-15", 400, "InvalidAction",
            "Could not find operation Nothing for version 2011-06-15"
        ),
        (
            "POST", "", "Action=%3Cx%3E%26&Version=2011-06-15", 400, "InvalidAction",
            "Could not find operation &lt;x&gt;&amp; for version 2011-06-15"
        ),
        (
            "POST", "", "Action=GetCallerIdentity&Version=2010-05-08", 400, "InvalidAction",
            "Could not find operation GetCallerIdentity for version 2010-05-08"
        ),
        (
            "POST", "", "Action=GetCallerIdentity", 400, "InvalidAction",
            "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED"
        ),
        (
            "POST", "", "Action=%zz", 400, "MalformedQueryString",
            "The query string or form contains a broken percent sequence."
        ),
        (
            "GET", "Action=%ff", "", 400, "MalformedQueryString",
            "The query string or form contains a broken percent sequence."
        ),
        (
            "PUT", "", "Action=GetCallerIdentity&Version=2011-06-15", 405, "UnsupportedHttpVerb",
            "The method PUT is not supported."
        ),
    ]

    @Test(arguments: refusals)
    func refusesInTheQueryForm(
        _ row: (method: String, query: String, body: String, status: Int, code: String, message: String)
    ) async throws {
        let response = try await Self.respond(row.method, query: row.query, body: row.body)
        #expect(response.status == row.status)
        #expect(Self.contentType(response) == "text/xml")
        #expect(String(buffer: response.body) == Self.error(row.code, row.message))
    }

    /// The same failure has another name in a JSON service.
    @Test(arguments: [
        ("InvalidSignatureException", "SignatureDoesNotMatch"), ("UnrecognizedClientException", "InvalidClientTokenId"),
        ("ExpiredTokenException", "ExpiredToken"),
        ("MissingAuthenticationTokenException", "MissingAuthenticationToken"),
        ("IncompleteSignatureException", "IncompleteSignature"), ("AccessDeniedException", "AccessDenied"),
        ("ThrottlingException", "Throttling"), ("SomethingElse", "SomethingElse"),
    ])
    func authenticationFailuresHaveTheQueryCodes(_ json: String, _ query: String) throws {
        let error = APIError(json, status: 403, message: "No <b>.", headers: [("x-more", "1")])
        let response = try IAMWorld().sts.render(error, requestID: "req-1")
        #expect(response.status == 403)
        #expect(String(buffer: response.body) == Self.error(query, "No &lt;b&gt;."))
        #expect(response.headers.map(\.name) == ["content-type", "x-more"])
    }

    @Test func failuresOfTheServerSaySo() throws {
        let response = try IAMWorld().sts.render(
            APIError("InternalFailure", status: 500, message: "Oh."), requestID: "req-1")
        #expect(String(buffer: response.body) == Self.error("InternalFailure", "Oh.", type: "Receiver"))
    }

    @Test(arguments: [
        (ProtocolError.bodyTooLarge(limit: 9), 413, "RequestEntityTooLarge"),
        (.malformedTarget, 400, "MalformedQueryString"),
        (.malformedBody(reason: "no"), 400, "MalformedInput"),
        (.unknownOperation(method: "GET", path: "/"), 400, "MissingAction"),
    ])
    func theProtocolLayerIsRefusedAsXML(_ error: ProtocolError, _ status: Int, _ code: String) throws {
        let response = try IAMWorld().sts.refuse(error, requestID: "req-1")
        #expect(response.status == status)
        #expect(String(buffer: response.body).contains("<Code>\(code)</Code>"))
    }

    @Test func boundsItsBodies() throws {
        #expect(try IAMWorld().sts.signingName == "sts")
        #expect(try IAMWorld().sts.bodyLimit(method: "POST", path: "/") == 262_144)
    }

    @Test func anActionWithoutOutputHasNoResult() {
        let response = QueryProtocol(namespace: "urn:x").answer("DeleteThing", result: nil, requestID: "req-1")
        #expect(
            String(buffer: response.body) == "<DeleteThingResponse xmlns=\"urn:x\"><ResponseMetadata>"
                + "<RequestId>req-1</RequestId></ResponseMetadata></DeleteThingResponse>")
    }
}

/// Just enough of XML to see that tags are balanced and no markup is loose.
private struct XMLChecker {
    func accepts(_ text: String) -> Bool {
        var open: [Substring] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            guard !rest[..<start].contains(">"), let end = rest[start...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: start)..<end]
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else {
                open.append(tag.prefix { $0 != " " })
            }
            rest = rest[rest.index(after: end)...]
        }
        return open.isEmpty && rest.isEmpty
    }
}
