import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct RuleMatchTests {
    @Test(arguments: [
        ("GET", "GET", true), ("GET", "get", false), ("PURGE", "PURGE", true), ("GET", "GETS", false),
        ("GETS", "GET", false), ("", "GET", false),
    ])
    func methodIsComparedExactly(pattern: String, method: String, expected: Bool) {
        let match = CompiledMatch(HTTPMatch(method: pattern))
        #expect(match.matches(TestRequest(method: method)) == expected)
        #expect((match.mismatch(TestRequest(method: method)) == nil) == expected)
    }

    @Test(arguments: [
        // pattern, case sensitive, target, matches
        ("/orders", false, "/orders", true), ("/orders", false, "/ORDERS", true), ("/orders", true, "/Orders", false),
        ("/orders", true, "/orders", true), ("/orders", false, "/orders?state=open", true),
        ("/orders", false, "/orders/", false), ("/orders", false, "/order", false),
        ("/orders", false, "/%6Frders", false), ("/a%2Fb", false, "/a%2fb", true), ("/a%2Fb", true, "/a%2fb", false),
        ("/orders", false, "/x?/orders", false), ("/", false, "?a", false), ("/q?a=1", false, "/q?a=1", false),
        ("/[", false, "/{", false), ("/@", false, "/`", false),
    ])
    func pathExact(pattern: String, caseSensitive: Bool, target: String, expected: Bool) {
        let match = CompiledMatch(HTTPMatch(path: PathMatch(.exact(pattern), isCaseSensitive: caseSensitive)))
        #expect(match.matches(TestRequest(target: target)) == expected)
        #expect((match.mismatch(TestRequest(target: target)) == nil) == expected)
    }

    @Test(arguments: [
        ("/par", false, "/parking", true), ("/par", false, "/PARKING", true), ("/par", true, "/Parking", false),
        ("/par", false, "/pa", false), ("/", false, "/anything?x", true), ("/par", false, "/pa?r", false),
        ("/par", false, "/par?king", true), ("/a/", false, "/a", false), ("/par", false, "/%70ar", false),
    ])
    func pathPrefix(pattern: String, caseSensitive: Bool, target: String, expected: Bool) {
        let match = CompiledMatch(HTTPMatch(path: PathMatch(.prefix(pattern), isCaseSensitive: caseSensitive)))
        #expect(match.matches(TestRequest(target: target)) == expected)
        #expect((match.mismatch(TestRequest(target: target)) == nil) == expected)
    }

    struct HeaderCase: Sendable {
        var match: HeaderMatch
        var headers: [(String, String)]
        var expected: Bool

        init(_ match: HeaderMatch, _ headers: [(String, String)], _ expected: Bool) {
            self.match = match
            self.headers = headers
            self.expected = expected
        }
    }

    @Test(arguments: [
        HeaderCase(HeaderMatch(name: "X-Env", .exact("Blue")), [("x-env", "blue")], true),
        HeaderCase(HeaderMatch(name: "X-Env", .exact("Blue"), isCaseSensitive: true), [("X-ENV", "Blue")], true),
        HeaderCase(HeaderMatch(name: "X-Env", .exact("Blue"), isCaseSensitive: true), [("X-ENV", "blue")], false),
        HeaderCase(HeaderMatch(name: "X-Env", .exact("blue")), [("x-envy", "blue")], false),
        HeaderCase(HeaderMatch(name: "X-Env", .exact("blue")), [("x-env", "blues")], false),
        HeaderCase(HeaderMatch(name: "X-Env", .exact("blue")), [], false),
        HeaderCase(HeaderMatch(name: "X-Env", .prefix("bl")), [("x-env", "BLUE")], true),
        HeaderCase(HeaderMatch(name: "X-Env", .prefix("bl"), isCaseSensitive: true), [("x-env", "BLUE")], false),
        HeaderCase(HeaderMatch(name: "X-Env", .prefix("blue-green")), [("x-env", "blue")], false),
        HeaderCase(HeaderMatch(name: "X-Env", .contains("LU")), [("x-env", "blue")], true),
        HeaderCase(HeaderMatch(name: "X-Env", .contains("LU"), isCaseSensitive: true), [("x-env", "blue")], false),
        HeaderCase(HeaderMatch(name: "X-Env", .contains("blue")), [("x-env", "blue")], true),
        HeaderCase(HeaderMatch(name: "X-Env", .contains("blue")), [("x-env", "a blue")], true),
        HeaderCase(HeaderMatch(name: "X-Env", .contains("abab c")), [("x-env", "ababab c")], true),
        HeaderCase(HeaderMatch(name: "X-Env", .contains("blue")), [("x-env", "blu")], false),
        // Repeated: any single value, or all of them joined.
        HeaderCase(HeaderMatch(name: "x", .exact("b")), [("x", "a"), ("X", "b"), ("x", "c")], true),
        HeaderCase(HeaderMatch(name: "x", .exact("a, b")), [("x", "a"), ("y", "-"), ("X", "b")], true),
        HeaderCase(HeaderMatch(name: "x", .prefix("a, b")), [("x", "a"), ("X", "bc")], true),
        HeaderCase(HeaderMatch(name: "x", .contains("1, 2")), [("x", "01"), ("X", "23")], true),
        HeaderCase(HeaderMatch(name: "x", .exact("b, a")), [("x", "a"), ("X", "b")], false),
        HeaderCase(HeaderMatch(name: "x", .exact("é")), [("x", "é")], true),
        HeaderCase(HeaderMatch(name: "x", .exact("É")), [("x", "é")], false),
    ])
    func headers(_ test: HeaderCase) {
        let match = CompiledMatch(HTTPMatch(headers: [test.match]))
        #expect(match.matches(TestRequest(headers: test.headers)) == test.expected)
    }

    @Test func everyGivenPartMustHold() {
        let match = CompiledMatch(
            HTTPMatch(
                method: "POST", path: PathMatch(.prefix("/a")),
                headers: [HeaderMatch(name: "one", .exact("1")), HeaderMatch(name: "two", .exact("2"))]))
        let request = TestRequest(method: "POST", target: "/a/b", headers: [("one", "1"), ("two", "2")])
        #expect(match.matches(request))
        #expect(!match.matches(TestRequest(method: "PUT", target: "/a/b", headers: request.headers)))
        #expect(!match.matches(TestRequest(method: "POST", target: "/b", headers: request.headers)))
        #expect(!match.matches(TestRequest(method: "POST", target: "/a", headers: [("one", "1")])))
        #expect(!match.matches(TestRequest(method: "POST", target: "/a", headers: [("one", "1"), ("two", "1")])))
    }

    @Test func aLongNearMissIsNoMatch() {
        let search = ByteSearch(String(repeating: "a", count: 199) + "b", isCaseSensitive: false)
        let text = Array(String(repeating: "A", count: 60_000).utf8)
        #expect(!text.withUnsafeBufferPointer(search.occurs))
        #expect((text + Array("B".utf8)).withUnsafeBufferPointer(search.occurs))
    }

    @Test func rulesAreTriedByPriorityThenTheDefaultAction() {
        var compiler = SnapshotCompiler()
        let path = { HTTPMatch(path: PathMatch(.prefix($0))) }
        let snapshot = compiler.apply([
            .putService(Records.service(1)), .putNetwork(1, with: 1),
            .putServiceNetwork(Records.network(1)),
            .putListener(Records.listener(1, of: 1, action: Records.forward((9, weight: 1)))),
            .putTargetGroup(Records.group(1)), .putTarget(Records.target("first", group: 1)),
            .putTargetGroup(Records.group(2)), .putTarget(Records.target("second", group: 2)),
            .putTargetGroup(Records.group(9)), .putTarget(Records.target("default", group: 9)),
            .putRule(
                Records.rule(
                    1, listener: 1, service: 1, priority: 20, match: path("/a"), action: Records.forward((2, weight: 1))
                )),
            .putRule(
                Records.rule(
                    2, listener: 1, service: 1, priority: 10, match: path("/a/b"),
                    action: Records.forward((1, weight: 1)))),
        ])
        #expect(snapshot.answer(host: "service-1.localhost", TestRequest(target: "/a/b/c")) == "first")
        #expect(snapshot.answer(host: "service-1.localhost", TestRequest(target: "/a/c")) == "second")
        #expect(snapshot.answer(host: "service-1.localhost", TestRequest(target: "/c")) == "default")
    }

    @Test(
        arguments: [
            (HTTPMatch(method: "PUT", path: PathMatch(.exact("/x"))), "the method is not PUT"),
            (HTTPMatch(method: "GET", path: PathMatch(.exact("/Orders"))), "the path is not /orders"),
            (
                HTTPMatch(path: PathMatch(.prefix("/Orders"), isCaseSensitive: true)),
                "the path does not begin with /Orders"
            ),
            (HTTPMatch(headers: [HeaderMatch(name: "X-Env", .exact("blue"))]), "no header x-env is blue"),
            (HTTPMatch(headers: [HeaderMatch(name: "X-Env", .prefix("bl"))]), "no header x-env begins with bl"),
            (HTTPMatch(headers: [HeaderMatch(name: "X-Env", .contains("lu"))]), "no header x-env contains lu"),
            (HTTPMatch(method: "GET", path: PathMatch(.prefix("/"))), nil),
        ] as [(HTTPMatch, String?)])
    func theFirstPartThatDoesNotHoldIsTheReason(match: HTTPMatch, reason: String?) {
        #expect(CompiledMatch(match).mismatch(TestRequest(method: "GET", target: "/")) == reason)
    }
}

extension RecordChange {
    static func putNetwork(_ network: Int, with service: Int) -> RecordChange {
        .putServiceAssociation(Records.serviceAssociation(network * 1000 + service, network: network, service: service))
    }
}
