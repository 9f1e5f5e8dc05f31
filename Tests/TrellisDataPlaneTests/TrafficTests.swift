import NIOCore
import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting
import TrellisTraffic

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(1))) struct TrafficTests {
    private static let service: ServiceID = Site.id(1)
    private static let group: TargetGroupID = Site.id(1)

    private func path(rule: RuleID?, reaches target: Bool) -> TrafficPath {
        TrafficPath(
            vpc: Site.vpc, network: Site.id(1), service: Self.service, listener: Site.id(1), rule: rule,
            targetGroup: target ? Self.group : nil, target: target ? Site.functionARN("first") : nil)
    }

    private static let site = Site(
        action: Site.forward((1, 100)),
        rules: [
            Site.rule(7, path: "/gone", action: .fixedResponse(statusCode: 404)),
            Site.rule(8, path: "/orders", action: Site.forward((1, 1))),
        ])

    // MARK: Ways

    @Test(arguments: [1, 3]) func requestsAreCountedByTheirWaysWhileSomebodyLooks(loops: Int) async throws {
        try await withDataPlane(Self.site, loops: loops) { running in
            let dataPlane = running.dataPlane
            _ = try await running.get("/orders/1")
            #expect(await dataPlane.takeSlice(goesOn: true) == TrafficSlice())
            for path in ["/orders/1", "/orders/2?a", "/gone", "/other"] { _ = try await running.get(path) }
            _ = try await running.get("/orders", host: "nobody.localhost")
            let slice = await dataPlane.takeSlice(goesOn: false)
            #expect(slice.paths[path(rule: Site.id(8), reaches: true)]?.requests == 2)
            #expect(slice.paths[path(rule: Site.id(7), reaches: false)]?.clientErrors == 1)
            // The default action counts as the default rule.
            #expect(slice.paths[path(rule: Site.id(1), reaches: true)]?.requests == 1)
            #expect(slice.paths.count == 3)
            _ = try await running.get("/orders/1")
            #expect(await dataPlane.takeSlice(goesOn: false) == TrafficSlice())
        }
    }

    @Test func aRequestThatIsRefusedStopsAtItsListener() async throws {
        var site = Self.site
        site.apply([.putAuthPolicy(Self.policy(#"{"Statement":[]}"#))])
        site.apply([.putService(Self.iamService)])
        let journal = RequestJournal()
        try await withDataPlane(site, journal: journal) { running in
            _ = await running.dataPlane.takeSlice(goesOn: true)
            let refused = try await running.get("/orders")
            #expect(refused.status == 403)
            let slice = await running.dataPlane.takeSlice(goesOn: false)
            #expect(slice.paths[path(rule: nil, reaches: false)]?.clientErrors == 1)
        }
        let record = try #require(journal.record(1))
        #expect(record.path?.rule == nil)
        #expect(record.verdicts.isEmpty)
        #expect(record.decision.contains { $0.hasPrefix("service") })
        #expect(record.failureReason == "ClientAccessDenied")
    }

    @Test func secretsOfConditionsAreMasked() async throws {
        var site = Self.site
        site.apply([
            .putService(Self.iamService),
            .putAuthPolicy(
                Self.policy(
                    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","#
                        + #""Condition":{"StringEquals":{"vpc-lattice-svcs:RequestHeader/x-api-key":"right"}}}]}"#)),
        ])
        let journal = RequestJournal()
        try await withDataPlane(site, journal: journal) { running in
            let response = try await running.exchange(
                "GET / HTTP/1.1\r\nHost: shop.localhost\r\nX-Api-Key: wrong-secret\r\n\r\n")
            #expect(response.status == 403)
        }
        let record = try #require(journal.record(1))
        #expect(record.decision.contains { $0.contains("does not hold: the request has \"[masked]\"") })
        #expect(!"\(record)".contains("wrong-secret"))
    }

    private static var iamService: ServiceRecord {
        var service = Site.service(1, name: "shop")
        service.authType = .awsIAM
        return service
    }

    private static func policy(_ document: String) -> AuthPolicyRecord {
        AuthPolicyRecord(
            resource: .service(Site.id(1)), scope: Site.scope, policy: document, createdAt: Site.epoch,
            lastUpdatedAt: Site.epoch)
    }

    // MARK: Journal

    @Test func aRecordSaysWhichWayARequestTookAndWhatWasSent() async throws {
        let journal = RequestJournal()
        let invoker = ImmediateInvoker { _ in
            .json(#"{"statusCode":201,"headers":{"Set-Cookie":"id=s3cret","X-One":"1"},"body":"s3cret body"}"#)
        }
        try await withDataPlane(Self.site, invoker: invoker, journal: journal) { running in
            let response = try await running.exchange(
                "POST /orders?access_token=s3cret&a=1 HTTP/1.1\r\nHost: shop.localhost\r\nCookie: s3cret\r\n"
                    + "X-Two: 2\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\ns3cret")
            #expect(response.status == 201)
            #expect(try #require(invoker.invocations.first).event.contains("s3cret"))
        }
        let record = try #require(journal.record(1))
        #expect(record.method == "POST")
        #expect(record.target == "/orders?access_token=[masked]&a=1")
        #expect(record.status == 201)
        #expect(record.path == path(rule: Site.id(8), reaches: true))
        #expect(
            record.verdicts == [
                RequestRecord.RuleVerdict(rule: Site.id(7), mismatch: "the path does not begin with /gone"),
                RequestRecord.RuleVerdict(rule: Site.id(8), mismatch: nil),
            ])
        #expect(record.decision.isEmpty)
        let event = try #require(record.event)
        #expect(event.contains(#""x-two":["2"]"#))
        #expect(event.contains(#""cookie":["[masked]"]"#))
        #expect(event.contains(#""body":"""#))
        #expect(record.response.headers.lines.contains { $0 == ("X-One", "1") })
        #expect(record.request.body == nil && record.response.body == nil)
        #expect(!"\(record)".contains("s3cret"))
    }

    @Test func bodiesAreKeptForServicesForWhichSomebodyWantsThat() async throws {
        let journal = RequestJournal()
        let invoker = ImmediateInvoker { _ in .json(#"{"statusCode":200,"body":"answer"}"#) }
        try await withDataPlane(Self.site, invoker: invoker, journal: journal) { running in
            let request =
                "POST /a HTTP/1.1\r\nHost: shop.localhost\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
            await running.dataPlane.capture([Site.id(2)])
            _ = try await running.exchange(request)
            await running.dataPlane.capture([Self.service])
            _ = try await running.exchange(request)
            await running.dataPlane.capture([])
            _ = try await running.exchange(request)
        }
        let records = (1...3).compactMap { journal.record($0) }
        #expect(
            records.map { $0.request.body.map { String(decoding: $0.bytes, as: UTF8.self) } } == [nil, "hello", nil])
        #expect(
            records.map { $0.response.body.map { String(decoding: $0.bytes, as: UTF8.self) } } == [nil, "answer", nil])
        #expect(records.map { $0.event?.contains(#""body":"hello""#) } == [false, true, false])
    }

    @Test func aLargeBodyIsKeptInPart() async throws {
        let journal = RequestJournal()
        try await withDataPlane(Self.site, journal: journal) { running in
            await running.dataPlane.capture([Self.service])
            let length = CapturedBody.byteLimit + 1
            _ = try await running.exchange(
                "POST /a HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: \(length)\r\n\r\n"
                    + String(repeating: "x", count: length))
        }
        let body = try #require(journal.record(1)?.request.body)
        #expect(body.bytes.count == CapturedBody.byteLimit)
        #expect(body.length == CapturedBody.byteLimit + 1)
    }

    @Test func failuresAndWhatIsNoRequestAreThereToo() async throws {
        let journal = RequestJournal()
        let invoker = ImmediateInvoker { _ in .json(#"{"statusCode":"x"}"#) }
        try await withDataPlane(Self.site, invoker: invoker, journal: journal) { running in
            let failed = try await running.get("/orders")
            let unknown = try await running.get("/orders", host: "nobody.localhost")
            let unreadable = try await running.exchange("GET /\r\n\r\n")
            #expect([failed.status, unknown.status, unreadable.status] == [502, 404, 400])
        }
        let records = (1...3).compactMap { journal.record($0) }
        #expect(records.map(\.status) == [502, 404, 400])
        #expect(records.map(\.method) == ["GET", "GET", nil])
        #expect(records.first?.detail?.isEmpty == false)
        #expect(records.dropFirst().first?.detail == "unknown host")
        #expect(records.map { $0.path != nil } == [true, false, false])
    }

    @Test func ofManyRequestsAFewASecondAreRecorded() throws {
        let connection = try EmbeddedConnection(
            Site(action: .fixedResponse(statusCode: 404)), journal: RequestJournal(recordLimit: 10_000))
        let journal = try #require(connection.state.environment.journal)
        for _ in 0..<100 { connection.get() }
        // Ten, and ten more because they failed.
        #expect(journal.records(limit: 1000).records.count == 20)
        connection.advance(.seconds(1))
        connection.get()
        let page = journal.records(limit: 1000)
        #expect(page.records.count == 21)
        #expect(page.skipped == 80)
    }

    @Test func waysBeyondTheLimitAreOneNumber() throws {
        let rules = (1...10).map { Site.rule($0, path: "/\($0)", action: .fixedResponse(statusCode: 404)) }
        var traffic = LoopTraffic(journal: nil)
        _ = traffic.take(goesOn: true)
        var sites: [Site] = []
        // Every site has compiled values of its own.
        while sites.count < 300 { sites.append(Site(action: .fixedResponse(statusCode: 404), rules: rules)) }
        for site in sites {
            guard
                case .success(let route) = site.snapshot.resolve(
                    host: Site.host, on: ListenerBinding(port: 80, protocol: .http), from: .unrestricted)
            else {
                Issue.record("the site has no service")
                return
            }
            for rule in route.listener.rules {
                traffic.count(
                    RequestWay(
                        route: route, rule: rule, isRefused: false, targetGroup: nil, target: nil, function: nil),
                    status: 404, .milliseconds(1))
            }
        }
        let slice = traffic.take(goesOn: false)
        // Recompiled values are the same ways.
        #expect(slice.paths.count == 10)
        #expect(slice.paths.values.map(\.requests).reduce(0, +) == 2048)
        #expect(slice.uncounted == 952)
    }
}
