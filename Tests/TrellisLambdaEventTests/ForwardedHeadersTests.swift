import NIOCore
import Testing
import TrellisLambdaEvent

@Suite("Forwarded headers")
struct ForwardedHeadersTests {
    private static let added = [
        "x-forwarded-for: 10.0.1.7", "x-forwarded-port: 443", "x-forwarded-proto: https", "x-amzn-requestid: new-id",
        "x-amzn-lattice-network: SourceVpcArn=\(Fixture.vpcARN)",
        "x-amzn-lattice-target: ServiceArn=\(Fixture.serviceARN); "
            + "ServiceNetworkArn=\(Fixture.serviceNetworkARN); TargetGroupArn=\(Fixture.targetGroupARN)",
        "x-amzn-source-vpc: vpc-0b8276c84697e7339",
    ]

    private func composer(
        identity: CallerIdentity = CallerIdentity(sourceVpcARN: Fixture.vpcARN),
        network: String? = Fixture.serviceNetworkARN, forwardsCallerCredentials: Bool = false
    ) -> ForwardedHeaders {
        ForwardedHeaders(
            context: Fixture.context(network: network, identity: identity), peerAddress: "10.0.1.7", listenerPort: 443,
            scheme: .https, requestID: "new-id", forwardsCallerCredentials: forwardsCallerCredentials)
    }

    /// What remains of the client's headers, in order, before those that are always added.
    private func kept(_ headers: HeaderList, _ composer: ForwardedHeaders) -> [String] {
        let all = printed(composer.compose(headers).headers)
        return Array(all.prefix { !$0.hasPrefix("x-forwarded-for: ") })
    }

    private func value(_ name: String, in composed: ForwardedHeaders.Composed) -> [String] {
        composed.headers.filter { $0.name == name }.map(\.value)
    }

    @Test("A plain request keeps its headers in order and gets Lattice's")
    func plain() {
        let client = lines(("Host", "svc"), ("accept", "*/*"), ("X-Custom", "a"), ("x-custom", "b"), ("cookie", "c=1"))
        #expect(
            printed(composer().compose(client).headers)
                == ["Host: svc", "accept: */*", "X-Custom: a", "x-custom: b", "cookie: c=1"] + Self.added)
    }

    @Test("Any sequence of pairs will do, also one that can be walked only once")
    func anySequence() {
        var rest = lines(("a", "1"), ("b", "2"))[...]
        let once = AnySequence { AnyIterator { rest.popFirst() } }
        #expect(printed(composer().compose(once).headers) == ["a: 1", "b: 2"] + Self.added)
    }

    @Test(
        "Headers of one hop, Lattice's own and expect are removed whatever their case",
        arguments: [
            "Connection", "keep-alive", "Proxy-Authorization", "proxy-connection", "proxy-authenticate", "PROXY-",
            "PROXY-X", "proxy-four", "proxy-seventeen-c", "TE",
            "Trailer", "Transfer-Encoding", "upgrade", "Expect", "X-Amzn-Lattice-Identity",
            "x-amzn-lattice-identity-tags", "x-amzn-lattice-network", "x-amzn-lattice-target",
            "x-amzn-lattice-anything",
            "X-AMZN-Source-Vpc", "x-forwarded-port", "X-Forwarded-Proto", "x-amz-security-token",
        ])
    func removed(name: String) {
        let client = lines(("first", "1"), (name, "forged"), ("last", "2"))
        let composed = composer().compose(client)
        #expect(kept(client, composer()) == ["first: 1", "last: 2"])
        #expect(!composed.headers.contains { $0.value == "forged" })
    }

    @Test(
        "Headers that only look alike stay",
        arguments: [
            "proxy", "connections", "te-x", "xte", "trailers", "upgrade-insecure-requests", "x-amzn-lattice",
            "x-amzn-trace-id", "x-amzn-source-vpce", "x-amz-date", "x-amz-content-sha256", "traceparent", "forwarded",
            "x-forwarded-host", "content-length", "transfer-encodings", "expect-ct", "", "x-forwarded-fo",
        ])
    func passed(name: String) {
        #expect(kept(lines((name, "v")), composer()) == ["\(name): v"])
    }

    @Test(
        "What connection names is removed, but never host and content-length",
        arguments: [
            ("close", ["Host: h", "Content-Length: 3", "X-A: 1", "x-b: 2", "x-a: 3"]),
            ("Keep-Alive", ["Host: h", "Content-Length: 3", "X-A: 1", "x-b: 2", "x-a: 3"]),
            ("x-a", ["Host: h", "Content-Length: 3", "x-b: 2"]),
            ("close, X-B", ["Host: h", "Content-Length: 3", "X-A: 1", "x-a: 3"]),
            (" ,,x-b\t, x-a ,unknown,", ["Host: h", "Content-Length: 3"]),
            ("host, content-length, x-a", ["Host: h", "Content-Length: 3", "x-b: 2"]),
            ("", ["Host: h", "Content-Length: 3", "X-A: 1", "x-b: 2", "x-a: 3"]),
            (
                "x-amzn-requestid, x-forwarded-for, x-amzn-lattice-target",
                ["Host: h", "Content-Length: 3", "X-A: 1", "x-b: 2", "x-a: 3"]
            ),
        ])
    func connection(value: String, expected: [String]) {
        let client = lines(
            ("Host", "h"), ("Connection", value), ("Content-Length", "3"), ("X-A", "1"), ("x-b", "2"), ("x-a", "3"))
        #expect(printed(composer().compose(client).headers) == expected + Self.added)
    }

    @Test("Several connection lines count together")
    func severalConnectionLines() {
        let client = lines(("a", "1"), ("connection", "a"), ("b", "2"), ("Connection", "b"), ("c", "3"))
        #expect(kept(client, composer()) == ["c: 3"])
    }

    @Test("A hundred headers and thousands of connection options")
    func largeConnection() {
        var client: HeaderList = (0..<100).map { (name: "x-\($0)", value: "v") }
        client.append((name: "connection", value: (0..<9000).map { "x-\($0 * 2)" }.joined(separator: ",")))
        #expect(kept(client, composer()) == (0..<100).filter { $0 % 2 == 1 }.map { "x-\($0): v" })
    }

    @Test(
        "x-forwarded-for is continued after a comma",
        arguments: [
            ([], "10.0.1.7"), (["1.2.3.4"], "1.2.3.4,10.0.1.7"), (["1.2.3.4, 5.6.7.8"], "1.2.3.4, 5.6.7.8,10.0.1.7"),
            (["1.2.3.4", "5.6.7.8"], "1.2.3.4,5.6.7.8,10.0.1.7"), ([""], "10.0.1.7"), (["", "a"], "a,10.0.1.7"),
        ])
    func forwardedFor(values: [String], expected: String) {
        let client: HeaderList = values.map { (name: "X-Forwarded-For", value: $0) }
        let composed = composer().compose(client)
        #expect(printed(composed.headers) == ["x-forwarded-for: \(expected)"] + Self.added.dropFirst())
    }

    @Test(
        "The client's request id is kept, cut at 512 bytes",
        arguments: [
            ([], "new-id"), ([""], "new-id"), (["any text: 漢"], "any text: 漢"), (["first", "second"], "first"),
            ([String(repeating: "x", count: 512)], String(repeating: "x", count: 512)),
            ([String(repeating: "x", count: 513)], String(repeating: "x", count: 512)),
            ([String(repeating: "x", count: 511) + "é"], String(repeating: "x", count: 511)),
            ([String(repeating: "x", count: 510) + "é!"], String(repeating: "x", count: 510) + "é"),
            ([String(repeating: "😀", count: 200)], String(repeating: "😀", count: 128)),
            (["x" + String(repeating: "😀", count: 200)], "x" + String(repeating: "😀", count: 127)),
        ])
    func requestID(values: [String], expected: String) {
        let composed = composer().compose(values.map { (name: "X-Amzn-RequestId", value: $0) })
        #expect(composed.requestID == expected)
        #expect(value("x-amzn-requestid", in: composed) == [expected])
        #expect(ForwardedHeaders.requestID(fromClient: values.first, otherwise: "new-id") == expected)
    }

    @Test(
        "AWS signatures do not reach targets unless switched on, other credentials do",
        arguments: [
            ("AWS4-HMAC-SHA256 Credential=AKID/20260101/us-west-2/vpc-lattice-svcs/aws4_request", true),
            ("AWS4-ECDSA-P256-SHA256 Credential=AKID", true), ("aws4-hmac-sha256 x", true),
            ("Bearer token", false), ("Basic AWS4-", false), ("AWS4", false), ("", false),
        ])
    func authorization(value: String, isAWSSignature: Bool) {
        let client = lines(("Authorization", value), ("X-Amz-Security-Token", "secret"), ("x-amz-date", "d"))
        #expect(
            kept(client, composer())
                == (isAWSSignature ? ["x-amz-date: d"] : ["Authorization: \(value)", "x-amz-date: d"]))
        #expect(kept(client, composer(forwardsCallerCredentials: true)) == printed(client))
    }

    @Test("An unknown source VPC and network are left out")
    func unknown() {
        let composed = composer(identity: CallerIdentity(), network: nil).compose(HeaderList())
        #expect(value("x-amzn-lattice-network", in: composed).isEmpty)
        #expect(value("x-amzn-source-vpc", in: composed).isEmpty)
        #expect(
            value("x-amzn-lattice-target", in: composed)
                == ["ServiceArn=\(Fixture.serviceARN); TargetGroupArn=\(Fixture.targetGroupARN)"])
    }

    @Test(
        "A source that is no VPC ARN gives no VPC id", arguments: ["vpc-1", "arn:aws:ec2:r:1:vpc/", "a/subnet-1", ""])
    func oddSource(arn: String) {
        let composed = composer(identity: CallerIdentity(sourceVpcARN: arn)).compose(HeaderList())
        #expect(value("x-amzn-source-vpc", in: composed).isEmpty)
    }

    @Test("Anonymous callers have no identity headers, even with tags and a session name")
    func anonymous() {
        let identity = CallerIdentity(sessionName: "s", principalTags: [PrincipalTag(key: "k", value: "v")])
        let composed = composer(identity: identity).compose(lines(("x-amzn-lattice-identity", "Principal=forged")))
        #expect(!composed.headers.contains { $0.name.hasPrefix("x-amzn-lattice-identity") })
    }

    @Test("A user without session or organisation")
    func user() {
        let identity = CallerIdentity(type: "AWS_IAM", principal: "arn:aws:iam::1:user/u")
        let composed = composer(identity: identity).compose(HeaderList())
        #expect(
            value("x-amzn-lattice-identity", in: composed)
                == ["Principal=arn:aws:iam::1:user/u; PrincipalOrgID=; SessionName=; Type=AWS_IAM; PrincipalOrgPath="])
        #expect(
            value("x-amzn-lattice-identity-tags", in: composed)
                == ["principal=arn:aws:iam::1:user/u;principalorgid=;principalorgpath="])
    }

    @Test("A Roles Anywhere session with everything")
    func session() {
        let identity = CallerIdentity(
            sourceVpcARN: Fixture.vpcARN, type: "AWS_IAM", principal: Fixture.principal, principalOrgID: "o-1",
            principalOrgPath: "o-1/r-1/ou-1/", sessionName: "Session",
            x509: X509Identity(issuerOU: "a", sanDNS: "b", sanNameCN: "c", sanURI: "d", subjectCN: "e"),
            principalTags: [PrincipalTag(key: "team", value: "a;b"), PrincipalTag(key: "empty", value: "")])
        let composed = composer(identity: identity).compose(HeaderList())
        #expect(
            value("x-amzn-lattice-identity", in: composed) == [
                "Principal=\(Fixture.principal); PrincipalOrgID=o-1; SessionName=Session; Type=AWS_IAM; "
                    + "PrincipalOrgPath=o-1/r-1/ou-1/; X509Issuer/OU=a; X509SAN/DNS=b; X509SAN/NameCN=c; "
                    + "X509SAN/URI=d; X509Subject/CN=e"
            ])
        #expect(
            value("x-amzn-lattice-identity-tags", in: composed) == [
                "principal=\(Fixture.principal);principalorgid=o-1;principalorgpath=o-1/r-1/ou-1/;"
                    + "team=a\\;b;empty="
            ])
    }

    @Test("No auth policy, no type")
    func noType() {
        let composed = composer(identity: CallerIdentity(principal: "p")).compose(HeaderList())
        #expect(
            value("x-amzn-lattice-identity", in: composed)
                == ["Principal=p; PrincipalOrgID=; SessionName=; PrincipalOrgPath="])
    }

    @Test("At most 99 tags")
    func manyTags() throws {
        let tags = (0..<150).map { PrincipalTag(key: "t\($0)", value: "v") }
        let composed = composer(identity: CallerIdentity(principal: "p", principalTags: tags)).compose(HeaderList())
        let text = try #require(value("x-amzn-lattice-identity-tags", in: composed).first)
        #expect(text.split(separator: ";").count == 3 + 99)
        #expect(text.hasSuffix(";t98=v"))
    }

    @Test("Values cannot break out of their pair or line")
    func injection() {
        let identity = CallerIdentity(
            principal: "p", sessionName: "s; Type=AWS_IAM\r\nx-evil: 1\u{0}",
            x509: X509Identity(subjectCN: "漢;é\u{7F}\t"))
        let composed = composer(identity: identity).compose(HeaderList())
        #expect(
            value("x-amzn-lattice-identity", in: composed)
                == [
                    "Principal=p; PrincipalOrgID=; SessionName=s\\; Type=AWS_IAM  x-evil: 1 ; PrincipalOrgPath=; "
                        + "X509Subject/CN=漢\\;é \t"
                ])
    }

    @Test("Control characters and semicolons are caught at every place of a value", arguments: 0..<17)
    func injectionAtEveryPlace(place: Int) {
        for byte in UInt8(0)...0x7F {
            let character = String(UnicodeScalar(byte))
            let pad = String(repeating: "x", count: place)
            let identity = CallerIdentity(principal: pad + character + "漢 and a longer rest")
            let composed = composer(identity: identity).compose(HeaderList())
            let isControl = (byte < 0x20 && byte != 0x09) || byte == 0x7F
            let expected = character == ";" ? "\\;" : isControl ? " " : character
            #expect(
                value("x-amzn-lattice-identity-tags", in: composed)
                    == ["principal=\(pad)\(expected)漢 and a longer rest;principalorgid=;principalorgpath="])
        }
    }
}
