import NIOCore
import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(5))) struct ServingTests {
    @Test func aGetBecomesAV2EventAndTheAnswerAResponse() async throws {
        let invoker = ImmediateInvoker { _ in
            .json(#"{"statusCode":201,"headers":{"X-One":"1","Set-Cookie":["a=1","b=2"]},"body":"hello"}"#)
        }
        try await withDataPlane(invoker: invoker) { running in
            let response = try await running.exchange(
                "GET /orders?state=open&state=late HTTP/1.1\r\nHost: shop.localhost:8080\r\nX-Multi: x\r\nx-multi: y\r\n"
                    + "X-Forwarded-For: 1.2.3.4\r\nx-amzn-lattice-identity: forged\r\nx-amzn-requestid: my id\r\n\r\n")
            #expect(
                response.head
                    == "HTTP/1.1 201 Created\r\nX-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
                    + "x-amzn-requestid: my id\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\ncontent-length: 5\r\n\r\n")
            #expect(response.body == "hello")
            let invocation = try #require(invoker.invocations.first)
            #expect(
                invocation.event
                    == #"{"version":"2.0","path":"/orders?state=open&state=late","method":"GET","headers":{"#
                    + #""host":["shop.localhost:8080"],"x-multi":["x","y"],"x-forwarded-for":["1.2.3.4,127.0.0.1"],"#
                    + #""x-forwarded-port":["80"],"x-forwarded-proto":["http"],"x-amzn-requestid":["my id"],"#
                    + #""x-amzn-lattice-network":["SourceVpcArn=\#(Self.vpcARN)"],"#
                    + #""x-amzn-lattice-target":["ServiceArn=\#(Self.serviceARN); ServiceNetworkArn=\#(Self.networkARN); "#
                    + #"TargetGroupArn=\#(Self.groupARN)"],"x-amzn-source-vpc":["\#(Site.vpc)"]},"#
                    + #""queryStringParameters":{"state":["open","late"]},"body":"","isBase64Encoded":false,"#
                    + #""requestContext":{"serviceNetworkArn":"\#(Self.networkARN)","serviceArn":"\#(Self.serviceARN)","#
                    + #""targetGroupArn":"\#(Self.groupARN)","identity":{"sourceVpcArn":"\#(Self.vpcARN)"},"#
                    + #""region":"us-east-1","timeEpoch":"1700000000123000"}}"#)
            #expect(invocation.function == FunctionARN(Site.functionARN("first")))
            #expect(isUUID(invocation.requestID))
            #expect(
                invocation.caller
                    == .service(
                        principal: "vpc-lattice.amazonaws.com", sourceARN: Self.groupARN,
                        sourceAccount: Site.scope.account))
        }
    }

    private static let prefix = "arn:aws:vpc-lattice:us-east-1:123456789012:"
    private static let serviceARN = prefix + "service/svc-00000000000000001"
    private static let networkARN = prefix + "servicenetwork/sn-00000000000000001"
    private static let groupARN = prefix + "targetgroup/tg-00000000000000001"
    private static let vpcARN = "arn:aws:ec2:us-east-1:123456789012:vpc/" + Site.vpc

    @Test func aTextPostBecomesAV1Event() async throws {
        let invoker = ImmediateInvoker()
        try await withDataPlane(Site(version: .v1), invoker: invoker) { running in
            let response = try await running.exchange(
                "POST /a HTTP/1.1\r\nHost: shop.localhost\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nh\"llo"
            )
            #expect(response.status == 200)
            let invocation = try #require(invoker.invocations.first)
            #expect(invocation.event.hasPrefix(#"{"raw_path":"/a","method":"POST","headers":{"host":"shop.localhost""#))
            #expect(
                invocation.event.hasSuffix(#""query_string_parameters":{},"body":"h\"llo","is_base64_encoded":false}"#))
            // A request id of our own making is also that of the invocation.
            #expect(response["x-amzn-requestid"] == invocation.requestID)
        }
    }

    @Test(arguments: [false, true]) func aBinaryBodyIsBase64(isChunked: Bool) async throws {
        let invoker = ImmediateInvoker { _ in
            .json(#"{"statusCode":200,"isBase64Encoded":true,"body":"AP8AAQ=="}"#)
        }
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            var request = ByteBuffer(string: "POST /a HTTP/1.1\r\nHost: shop.localhost\r\n")
            if isChunked {
                request.writeString("Transfer-Encoding: chunked\r\n\r\n2\r\n")
                request.writeBytes([0x00, 0xFF])
                request.writeString("\r\n1;x=y\r\n")
                request.writeBytes([0x01])
                request.writeString("\r\n0\r\nTrailer: gone\r\n\r\n")
            } else {
                request.writeString("Content-Length: 3\r\n\r\n")
                request.writeBytes([0x00, 0xFF, 0x01])
            }
            try await client.send(request)
            let response = try await client.response(hasBody: false)
            #expect(response["content-length"] == "4")
            let event = try #require(invoker.invocations.first).event
            #expect(event.contains(#""body":"AP8B","isBase64Encoded":true"#))
            #expect(!event.contains("gone"))
            await client.close()
        }
    }

    @Test func requestsOnOneConnectionAreServedOneAfterTheOther() async throws {
        try await withDataPlane(Site(action: .fixedResponse(statusCode: 404))) { running in
            let client = try await running.connect()
            for _ in 1...5 {
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                let response = try await client.response()
                #expect(response.status == 404)
                #expect(response["connection"] == nil)
                #expect(response["content-length"] == "0")
                #expect(response["x-amzn-requestid"].map(isUUID) == true)
            }
            await client.close()
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let invoker = HeldInvoker()
        let count = 500
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            try await client.send(
                (1...count).map { "GET /\($0) HTTP/1.1\r\nHost: shop.localhost\r\n\r\n" }.joined())
            for number in 1...count {
                let call = try await invoker.next()
                #expect(call.invocation.event.contains(#""path":"/\#(number)""#))
                call.answer(body: "answer \(number)")
                #expect(try await client.response().body == "answer \(number)")
            }
            await client.close()
        }
    }

    @Test func pipelinedBodiesAreNotMixedUp() async throws {
        let invoker = ImmediateInvoker { invocation in
            let event = invocation.event
            let body = event.firstRange(of: #""body":""#).map { event[$0.upperBound...].prefix { $0 != "\"" } } ?? ""
            return .json(#"{"statusCode":200,"body":"\#(body)"}"#)
        }
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            let bodies = (0..<40).map { String(repeating: "abcdefghij", count: $0 * 37) }
            for (index, body) in bodies.enumerated() {
                let head = "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Type: text/plain\r\n"
                if index % 2 == 0 {
                    try await client.send("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                } else {
                    let size = String(body.utf8.count, radix: 16)
                    try await client.send("\(head)Transfer-Encoding: chunked\r\n\r\n\(size)\r\n\(body)\r\n0\r\n\r\n")
                }
            }
            for body in bodies { #expect(try await client.response().body == body) }
            await client.close()
        }
    }

    @Test func oneByteAtATime() async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        // Each byte waits for its turn among all tests that run at the same time.
        configuration.times.head = .minutes(5)
        try await withDataPlane(configuration: configuration) { running in
            let client = try await running.connect()
            for byte in "POST /a HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 3\r\n\r\nabc".utf8 {
                try await client.send(ByteBuffer(bytes: [byte]))
            }
            #expect(try await client.response().body == "first")
            await client.close()
        }
    }

    // MARK: HTTP/1.0, HEAD, half-close, expectations, upgrades

    @Test(arguments: [
        ("HTTP/1.0", "", true, "close"), ("HTTP/1.0", "Connection: keep-alive\r\n", false, "keep-alive"),
        ("HTTP/1.1", "", false, nil), ("HTTP/1.1", "Connection: close\r\n", true, "close"),
        ("HTTP/1.1", "Connection: keep-alive, Close\r\n", true, "close"),
    ])
    func keepAlive(version: String, header: String, closes: Bool, connection: String?) async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            try await client.send("GET / \(version)\r\nHost: shop.localhost\r\n\(header)\r\n")
            let response = try await client.response()
            #expect(response.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response["connection"] == connection)
            if closes {
                #expect(await client.rest() == "")
            } else {
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                #expect(try await client.response().status == 200)
            }
            await client.close()
        }
    }

    @Test func whatFollowsAConnectionCloseIsNotServed() async throws {
        let invoker = ImmediateInvoker()
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            let request = "GET / HTTP/1.1\r\nHost: shop.localhost\r\n"
            try await client.send("\(request)Connection: close\r\n\r\n\(request)\r\n")
            #expect(try await client.response().status == 200)
            #expect(await client.rest() == "")
            #expect(invoker.invocations.count == 1)
            await client.close()
        }
    }

    @Test func anHTTP10RequestWithoutHostFindsNoService() async throws {
        try await withDataPlane { running in
            let response = try await running.exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(response.status == 404)
        }
    }

    @Test func aHeadHasTheLengthOfTheBodyAndNoBody() async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            for host in [Site.host, "nowhere"] {
                try await client.send("HEAD / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                let response = try await client.response(hasBody: false)
                #expect(response["content-length"] == (host == "nowhere" ? "9" : "5"))
            }
            try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            #expect(try await client.response().body == "first")
            await client.close()
        }
    }

    @Test(arguments: [204, 304]) func answersWithoutABody(status: Int) async throws {
        let invoker = ImmediateInvoker { _ in .json(#"{"statusCode":\#(status),"body":"gone"}"#) }
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            for _ in 1...2 {
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                let response = try await client.response(hasBody: false)
                #expect(response.status == status)
                #expect(response["content-length"] == nil)
            }
            await client.close()
        }
    }

    @Test func aClientThatHasFinishedSendingGetsItsAnswer() async throws {
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            let request = "GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n"
            try await client.send(request + request)
            try await client.finishSending()
            try await invoker.next().answer(body: "late")
            #expect(try await client.response().body == "late")
            try await invoker.next().answer(body: "later")
            #expect(try await client.response().body == "later")
            #expect(await client.rest() == "")
            await client.close()
        }
    }

    @Test func expectContinue() async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            for _ in 1...2 {
                try await client.send(
                    "POST / HTTP/1.1\r\nHost: shop.localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                #expect(try await client.response(hasBody: false).head == "HTTP/1.1 100 Continue\r\n\r\n")
                try await client.send("abc")
                #expect(try await client.response().status == 200)
            }
            await client.close()
        }
    }

    @Test(arguments: [
        ("nowhere", 3, 404), (Site.host, 6_291_457, 413),
    ])
    func aBodyThatIsNotWantedIsNotAskedFor(host: String, length: Int, status: Int) async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            try await client.send(
                "POST / HTTP/1.1\r\nHost: \(host)\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == status)
            #expect(response["connection"] == "close")
            #expect(await client.rest() == "")
            await client.close()
        }
    }

    @Test func anUpgradeIsIgnoredAndEndsTheConnection() async throws {
        let invoker = ImmediateInvoker()
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            try await client.send(
                "GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(response["connection"] == "close")
            #expect(await client.rest() == "")
            let event = try #require(invoker.invocations.first).event
            #expect(!event.contains("upgrade") && !event.contains("http2-settings"))
            await client.close()
        }
    }

    @Test func anAbsoluteTargetNamesTheHost() async throws {
        let invoker = ImmediateInvoker()
        try await withDataPlane(invoker: invoker) { running in
            let response = try await running.exchange(
                "GET http://shop.localhost:80/x?y=1 HTTP/1.1\r\nHost: elsewhere\r\n\r\n")
            #expect(response.status == 200)
            let event = try #require(invoker.invocations.first).event
            #expect(event.contains(#""path":"/x?y=1""#))
            #expect(event.contains(#""host":["shop.localhost:80"]"#))
        }
    }

    // MARK: Rules and weights

    @Test func rulesChooseTheAction() async throws {
        var site = Site(rules: [
            Site.rule(1, path: "/fixed", action: .fixedResponse(statusCode: 500)),
            Site.rule(2, path: "/second", action: Site.forward((2, 1))),
        ])
        site.apply([.putTargetGroup(Site.group(2)), .putTarget(Site.target("second", group: 2))])
        try await withDataPlane(site) { running in
            let fixed = try await running.get("/fixed/x")
            #expect(fixed.status == 500)
            #expect(fixed.body == "")
            #expect(try await running.get("/second").body == "second")
            #expect(try await running.get("/").body == "first")
        }
    }

    @Test func requestsAreDividedByWeight() async throws {
        var site = Site(action: Site.forward((1, 3), (2, 1), (3, 0)))
        for number in 2...3 {
            site.apply([
                .putTargetGroup(Site.group(number)), .putTarget(Site.target("group-\(number)", group: number)),
            ])
        }
        try await withDataPlane(site, seed: 42) { running in
            let client = try await running.connect()
            var counts: [String: Int] = [:]
            for _ in 1...400 {
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                counts[try await client.response().body, default: 0] += 1
            }
            // With this seed; 300 to 100 are expected.
            #expect(counts.keys.sorted() == ["first", "group-2"])
            #expect((270...330).contains(counts["first"] ?? 0))
            await client.close()
        }
    }

    @Test func severalEventLoopsServeTheSameSnapshot() async throws {
        try await withDataPlane(loops: 3) { running in
            for _ in 1...12 {
                let response = try await running.get()
                #expect(response.body == "first")
            }
        }
    }
}

func isUUID(_ text: String) -> Bool {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    return groups.map(\.count) == [8, 4, 4, 4, 12]
        && groups.joined().allSatisfy { $0.isHexDigit && !$0.isUppercase } && groups[2].first == "4"
}
