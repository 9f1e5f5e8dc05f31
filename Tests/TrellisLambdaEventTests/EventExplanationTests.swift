import Foundation
import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

@Suite("Explanation of an event")
struct EventExplanationTests {
    private static let caller = CallerIdentity(
        sourceVpcARN: Fixture.vpcARN, type: "AWS_IAM", principal: Fixture.principal, principalOrgID: "o-1",
        sessionName: "Session", x509: X509Identity(sanDNS: "a.example"))

    private func explain(
        _ version: EventStructureVersion, target: String = "/", _ headers: HeaderList = [], body: String = "",
        identity: CallerIdentity = CallerIdentity(), network: String? = Fixture.serviceNetworkARN,
        forwards: Bool = true
    ) throws -> EventExplanation {
        let context = Fixture.context(network: network, identity: identity)
        let forwarding = ForwardedHeaders(
            context: context, peerAddress: "10.0.1.7", listenerPort: 443, scheme: .https, requestID: "new-id")
        return try LambdaEventEncoder(version: version).explain(
            LambdaEventRequest(method: "POST", target: target, headers: headers, body: ByteBuffer(string: body)),
            context: context, forwarding: forwards ? forwarding : nil)
    }

    private func rule(_ path: String, in explanation: EventExplanation) -> EventRule? {
        explanation.members.first { $0.path.joined(separator: "/") == path }?.rule
    }

    @Test("The event is the one that traffic gets", arguments: EventStructureVersion.allCases)
    func sameEvent(version: EventStructureVersion) throws {
        let client = lines(
            ("Host", "h"), ("X-A", "1"), ("x-a", "2"), ("connection", "x-b"), ("X-B", "3"),
            ("content-type", "text/plain"))
        let context = Fixture.context(identity: Self.caller)
        let composed = ForwardedHeaders(
            context: context, peerAddress: "10.0.1.7", listenerPort: 443, scheme: .https, requestID: "new-id"
        ).compose(client)
        let request = LambdaEventRequest(
            method: "POST", target: "/?a=1&a=2", headers: composed.headers, body: ByteBuffer(string: "é\n"))
        let explanation = try explain(version, target: "/?a=1&a=2", client, body: "é\n", identity: Self.caller)
        #expect(explanation.event == (try LambdaEventEncoder(version: version).encode(request, context: context)))
    }

    @Test(
        "Every member of the event is explained, with the value that it has", arguments: EventStructureVersion.allCases)
    func complete(version: EventStructureVersion) throws {
        let headers = lines(("Host", "h"), ("x-\"quoted\"", "1"), ("x-a", "1"), ("X-A", "2"))
        let explanation = try explain(version, target: "/?k%22=1&b=&b=2", headers, body: "x", identity: Self.caller)
        var found: [[String]: JSONValue] = [:]
        func collect(_ value: JSONValue, _ path: [String]) {
            if case .object(let members) = value, !members.isEmpty {
                for (name, member) in members { collect(member, path + [name]) }
            } else {
                found[path] = value
            }
        }
        collect(try JSONValue(explanation.event), [])
        let explained = Dictionary(
            try explanation.members.map { ($0.path, try JSONValue(text: $0.value)) },
            uniquingKeysWith: { _, _ in "twice" })
        #expect(explained == found)
    }

    @Test(
        "The body's rule is the encoder's decision",
        arguments: [
            ("", "image/png", EventRule.bodyEmpty), ("x", "text/plain", .bodyText),
            ("x", "image/png", .bodyContentType), ("x", nil, .bodyWithoutContentType),
        ] as [(String, String?, EventRule)])
    func body(body: String, contentType: String?, expected: EventRule) throws {
        let headers = contentType.map { lines(("Content-Type", $0)) } ?? []
        for version in EventStructureVersion.allCases {
            #expect(rule("body", in: try explain(version, headers, body: body)) == expected)
        }
    }

    @Test func aTextThatIsNotUTF8() throws {
        let request = LambdaEventRequest(
            method: "POST", target: "/", headers: lines(("content-type", "application/json")),
            body: ByteBuffer(bytes: [0x1F, 0x8B]))
        let explanation = try LambdaEventEncoder(version: .v2).explain(
            request, context: Fixture.context(), forwarding: nil)
        let body = try #require(explanation.members.first { $0.path == ["body"] })
        #expect(
            body.rule == .bodyNotUTF8 && body.detail == "content-type: application/json" && body.value == "\"H4s=\"")
    }

    @Test func headersAndQueriesByVersion() throws {
        let headers = lines(("X-Tag", "a"), ("x-tag", "b"), ("x-one", "1"))
        let v1 = try explain(.v1, target: "/?a=1&a=2&b=3", headers)
        let v2 = try explain(.v2, target: "/?a=1&a=2&b=3", headers)
        #expect(rule("headers/x-tag", in: v1) == .headerJoined)
        #expect(rule("headers/x-one", in: v1) == .headerString)
        #expect(rule("headers/x-tag", in: v2) == .headerList)
        #expect(v2.members.first { $0.path.last == "x-tag" }?.detail == "2 lines, sent as X-Tag")
        #expect(rule("query_string_parameters/a", in: v1) == .queryLast)
        #expect(v1.members.first { $0.path.last == "a" }?.detail == "values: 1, 2")
        #expect(rule("query_string_parameters/b", in: v1) == .queryString)
        #expect(rule("queryStringParameters/a", in: v2) == .queryList)
        #expect(rule("query_string_parameters", in: try explain(.v1)) == .queryEmpty)
        #expect(try explain(.v2).absent.map(\.rule) == [.queryOmitted, .sourceVpcUnknown, .callerUnknown])
        #expect(v1.absent.map(\.rule) == [.contextOmitted])
    }

    @Test(
        "Request ids",
        arguments: [
            (nil, EventRule.requestIDNew), ("", .requestIDNew), ("mine", .requestIDKept),
            (String(repeating: "x", count: 513), .requestIDCut),
        ] as [(String?, EventRule)])
    func requestID(sent: String?, expected: EventRule) throws {
        let explanation = try explain(.v2, sent.map { lines(("X-Amzn-RequestId", $0)) } ?? [])
        #expect(rule("headers/x-amzn-requestid", in: explanation) == expected)
    }

    @Test func addedHeaders() throws {
        let explanation = try explain(.v2, lines(("X-Forwarded-For", "1.2.3.4")), identity: Self.caller)
        let expected: [(String, EventRule)] = [
            ("x-forwarded-for", .forwardedForAppended), ("x-forwarded-port", .forwardedPort),
            ("x-forwarded-proto", .forwardedProto), ("x-amzn-lattice-network", .latticeNetwork),
            ("x-amzn-lattice-target", .latticeTarget), ("x-amzn-source-vpc", .sourceVpc),
            ("x-amzn-lattice-identity", .latticeIdentity), ("x-amzn-lattice-identity-tags", .latticeIdentityTags),
        ]
        for (name, added) in expected { #expect(rule("headers/\(name)", in: explanation) == added) }
        #expect(rule("headers/x-forwarded-for", in: try explain(.v2)) == .forwardedForNew)
        #expect(rule("requestContext/identity/x509SanDns", in: explanation) == .identityX509)
        #expect(rule("requestContext/serviceNetworkArn", in: try explain(.v2, network: nil)) == .noServiceNetwork)
        #expect(rule("requestContext/identity", in: try explain(.v2)) == .identityEmpty)
    }

    @Test func droppedLines() throws {
        let client = lines(
            ("Connection", "x-a"), ("X-A", "1"), ("Host", "h"), ("TE", "trailers"), ("Expect", "100-continue"),
            ("X-Forwarded-Proto", "gopher"), ("x-amzn-lattice-identity", "Principal=me"),
            ("x-amzn-source-vpc", "vpc-1"),
            ("x-amz-security-token", "t"), ("Authorization", "AWS4-HMAC-SHA256 Credential=x"),
            ("x-amzn-requestid", "one"), ("x-amzn-requestid", "two"), ("x-forwarded-for", "1.1.1.1"))
        let dropped = try explain(.v2, client).dropped
        #expect(
            dropped.map(\.rule) == [
                .droppedHopByHop, .droppedNamedByConnection, .droppedHopByHop, .droppedExpect, .droppedReplaced,
                .droppedLatticeOnly, .droppedLatticeOnly, .droppedCredential, .droppedCredential, .droppedRequestID,
            ])
        #expect(dropped.map(\.name).prefix(3) == ["Connection", "X-A", "TE"])
        #expect(try explain(.v2, client, forwards: false).dropped.isEmpty)
    }

    @Test("What becomes of each line agrees with what is composed")
    func treatmentsAgree() {
        var random = SeededGenerator()
        let names = [
            "Host", "Connection", "x-a", "X-A", "x-b", "te", "expect", "X-Forwarded-For", "x-forwarded-port",
            "x-amzn-requestid", "X-Amzn-Lattice-Target", "authorization", "x-amz-security-token", "content-length",
        ]
        let values = ["", "x-a", "close, X-B", "host, content-length", "AWS4-HMAC-SHA256 x", "1.2.3.4"]
        for round in 0..<1000 {
            let client: HeaderList = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                (name: names.randomElement(using: &random) ?? "", value: values.randomElement(using: &random) ?? "")
            }
            let forwarding = ForwardedHeaders(
                context: Fixture.context(), peerAddress: "10.0.1.7", listenerPort: 80, scheme: .http, requestID: "id",
                forwardsCallerCredentials: round % 2 == 0)
            let explained = forwarding.explain(client)
            #expect(printed(explained.composed.headers) == printed(forwarding.compose(client).headers))
            let passed = zip(client, explained.treatments).filter { $0.1 == .passed }.map { $0.0 }
            #expect(printed(passed) == printed(Array(explained.composed.headers.prefix(explained.passedCount))))
        }
    }

    @Test("The page of the command states every rule as the command prints it")
    func page() throws {
        let page = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../docs/event-command.md"), encoding: .utf8)
        for rule in EventRule.allCases {
            #expect(page.contains("| \(rule.text) | \(rule.origin.rawValue) |"), "\(rule)")
        }
    }
}
