import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

@Suite("Event structure version 2.0")
struct EventV2Tests {
    @Test("A whole event, byte by byte")
    func wholeEvent() throws {
        let identity = CallerIdentity(
            sourceVpcARN: "arn:v", type: "AWS_IAM", principal: "arn:p", principalOrgID: "o-1",
            principalOrgPath: "o-1/r-1/", sessionName: "Session",
            x509: X509Identity(issuerOU: "a", sanDNS: "b", sanNameCN: "c", sanURI: "d", subjectCN: "e"),
            principalTags: [PrincipalTag(key: "team", value: "orders")])
        let context = LambdaEventContext(
            serviceNetworkARN: "arn:sn", serviceARN: "arn:svc", targetGroupARN: "arn:tg", region: "us-west-2",
            identity: identity, timeEpoch: 1_690_497_599_177_430)
        let produced = try event(
            .v2, method: "POST", target: "/orders?state=open&state=late",
            headers: lines(("Host", "svc"), ("multi", "x"), ("Content-Type", "text/plain"), ("Multi", "y")),
            body: ByteBuffer(string: "a \"quoted\"\n"), context: context)
        #expect(
            String(buffer: produced)
                == #"{"version":"2.0","path":"/orders?state=open&state=late","method":"POST","#
                + #""headers":{"host":["svc"],"multi":["x","y"],"content-type":["text/plain"]},"#
                + #""queryStringParameters":{"state":["open","late"]},"#
                + #""body":"a \"quoted\"\n","isBase64Encoded":false,"#
                + #""requestContext":{"serviceNetworkArn":"arn:sn","serviceArn":"arn:svc","targetGroupArn":"arn:tg","#
                + #""identity":{"sourceVpcArn":"arn:v","type":"AWS_IAM","principal":"arn:p","principalOrgID":"o-1","#
                + #""sessionName":"Session","x509IssuerOu":"a","x509SanDns":"b","x509SanNameCn":"c","x509SanUri":"d","#
                + #""x509SubjectCn":"e"},"region":"us-west-2","timeEpoch":"1690497599177430"}}"#)
    }

    @Test("The smallest event has no query and an empty identity")
    func smallestEvent() throws {
        let json = try JSONValue(event(.v2))
        #expect(
            json == [
                "version": "2.0", "path": "/", "method": "GET", "headers": [:], "body": "", "isBase64Encoded": false,
                "requestContext": [
                    "serviceNetworkArn": .string(Fixture.serviceNetworkARN),
                    "serviceArn": .string(Fixture.serviceARN), "targetGroupArn": .string(Fixture.targetGroupARN),
                    "identity": [:], "region": "us-west-2", "timeEpoch": "1690497599177430",
                ],
            ])
    }

    @Test("An unknown service network is an empty string")
    func unknownNetwork() throws {
        let json = try JSONValue(event(.v2, context: Fixture.context(network: nil)))
        #expect(json["requestContext"]?["serviceNetworkArn"] == "")
    }

    @Test("Only the known parts of an identity are written")
    func partialIdentity() throws {
        let identity = CallerIdentity(
            sourceVpcARN: Fixture.vpcARN, principal: Fixture.principal, x509: X509Identity(sanURI: "spiffe://x"))
        let json = try JSONValue(event(.v2, context: Fixture.context(identity: identity)))
        #expect(
            json["requestContext"]?["identity"] == [
                "sourceVpcArn": .string(Fixture.vpcARN), "principal": .string(Fixture.principal),
                "x509SanUri": "spiffe://x",
            ])
    }

    @Test(
        "The time is a string of microseconds",
        arguments: [
            (0, "0"), (7, "7"), (10, "10"), (1_690_497_599_177_430, "1690497599177430"), (-1, "-1"),
            (Int64.max, "9223372036854775807"), (Int64.min, "-9223372036854775808"),
        ])
    func timeEpoch(time: Int64, expected: String) throws {
        let json = try JSONValue(event(.v2, context: Fixture.context(timeEpoch: time)))
        #expect(json["requestContext"]?["timeEpoch"] == .string(expected))
    }

    @Test("Names that differ in case are one list in order of appearance")
    func repeatedHeaders() throws {
        let produced = try event(
            .v2, headers: lines(("X-A", "1"), ("b", "2"), ("x-a", "3"), ("B", "4"), ("x-A", ""), ("c", "5, 6")))
        #expect(
            String(buffer: produced).contains(
                #""headers":{"x-a":["1","3",""],"b":["2","4"],"c":["5, 6"]},"#))
    }

    @Test("Any text is safe in every place")
    func hostileText() throws {
        let hostile = "\"\\\u{0}\u{1F}\u{7F}\u{2028}é漢😀\r\n\t"
        let produced = try event(
            .v2, method: hostile, target: "/\(hostile)", headers: lines(("X" + hostile, hostile)),
            context: Fixture.context(network: hostile, identity: CallerIdentity(sessionName: hostile)))
        let json = try JSONValue(produced)
        #expect(json["method"] == .string(hostile))
        #expect(json["path"] == .string("/" + hostile))
        #expect(json["headers"] == .object(["x" + hostile: [.string(hostile)]]))
        #expect(json["requestContext"]?["serviceNetworkArn"] == .string(hostile))
        #expect(json["requestContext"]?["identity"]?["sessionName"] == .string(hostile))
    }

    @Test("A thousand names, half of them repeated, keep their order", arguments: [0, 1, 16, 31, 32, 33, 1000])
    func manyHeaders(count: Int) throws {
        let headers: HeaderList = (0..<count).map { (name: "X-Name-\($0 / 2 * 7919 % 1009)", value: "\($0)") }
        var expected: [(name: String, values: [String])] = []
        for (name, value) in headers {
            if let index = expected.firstIndex(where: { $0.name == name.lowercased() }) {
                expected[index].values.append(value)
            } else {
                expected.append((name.lowercased(), [value]))
            }
        }
        let members = expected.map { "\"\($0.name)\":[" + $0.values.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        let produced = try event(.v2, headers: headers)
        #expect(String(buffer: produced).contains("\"headers\":{" + members.joined(separator: ",") + "},\"body\""))
    }

    @Test("Every ASCII letter is lowered at every place of a name, and nothing else is", arguments: 0..<9)
    func lowerCase(padding: Int) throws {
        let all = (UInt8(0x21)...0x7E).map { String(UnicodeScalar($0)) }.joined() + "ÀÉ"
        let name = String(repeating: "-", count: padding) + all
        let lowered = name.replacing(/[A-Z]/) { $0.output.lowercased() }
        let json = try JSONValue(event(.v2, headers: lines((name, "v"))))
        #expect(json["headers"] == .object([lowered: ["v"]]))
    }

    @Test("Escapes that fill the reserved buffer to its last bytes leave the event whole", arguments: 0..<6)
    func outgrownBuffer(padding: Int) throws {
        let pad = String(repeating: "p", count: padding)
        for count in 280..<350 {
            let produced = try event(.v2, headers: lines(("x", pad + String(repeating: "\u{1}", count: count))))
            let value = pad + String(repeating: #"\u0001"#, count: count)
            let start = #"{"version":"2.0","path":"/","method":"GET","headers":{"x":[""# + value + #""]},"body":"","is"#
            #expect(String(buffer: produced).hasPrefix(start))
        }
    }

    @Test("The event begins at index 0 and the request's body stays as it was")
    func buffers() throws {
        var body = ByteBuffer(string: "skippedtext")
        body.moveReaderIndex(forwardBy: 7)
        let produced = try event(.v2, headers: lines(("content-type", "text/plain")), body: body)
        #expect(try JSONValue(produced)["body"] == "text")
        #expect(body.readerIndex == 7)
        #expect(produced.readerIndex == 0)
    }
}
