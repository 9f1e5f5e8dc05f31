import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct RuleFilterTests {
    private func admits(_ match: HTTPMatch, _ request: TestRequest) -> Bool {
        var names = HeaderNameSet()
        for (name, _) in request.headers { names.insert(name) }
        return request.target.withBytes { target in
            FoldedPath.with(rawPath(target)) { CompiledMatch(match).filter.admits($0, names) }
        }
    }

    @Test(arguments: [
        ("/orders", "/order"), ("/orders", "/orders/"), ("/orders", "/orderz"), ("/orders", ""),
        ("/a/long/path/to/one", "/a/long/path/to/two"), ("/a/long/path/to/one", "/a/long/path/to/one1"),
    ])
    func anotherPathIsNotLookedAt(pattern: String, target: String) {
        #expect(!admits(HTTPMatch(path: PathMatch(.exact(pattern))), TestRequest(target: target)))
        #expect(admits(HTTPMatch(path: PathMatch(.exact(pattern))), TestRequest(target: pattern + "?q")))
    }

    @Test(arguments: [("/orders/x", "/orders/y"), ("/orders", "/order"), ("/a/long/path", "/a/long/bath/x")])
    func anotherBeginningIsNotLookedAt(pattern: String, target: String) {
        #expect(!admits(HTTPMatch(path: PathMatch(.prefix(pattern))), TestRequest(target: target)))
        #expect(admits(HTTPMatch(path: PathMatch(.prefix(pattern))), TestRequest(target: pattern + "/more")))
    }

    @Test func aRequestWithoutTheHeaderIsNotLookedAt() {
        let match = HTTPMatch(headers: [HeaderMatch(name: "X-Env", .exact("blue"))])
        #expect(!admits(match, TestRequest(headers: [("accept", "*/*"), ("host", "a")])))
        #expect(admits(match, TestRequest(headers: [("accept", "*/*"), ("x-ENV", "red")])))
    }

    /// The listener answers as if it looked at every rule.
    @Test func noRuleIsKeptFromItsRequests() {
        var generator = StepwiseGenerator()
        let letters = ["/", "a", "A", "b", "é", "{", "["]
        let names = ["x", "X", "x-env", "X-Env", "accept"]
        func path(_ longest: Int) -> String {
            "/"
                + (0..<Int.random(in: 0...longest, using: &generator)).map { _ in
                    letters.randomElement(using: &generator) ?? ""
                }
                .joined()
        }
        var matched = 0
        for _ in 0..<20_000 {
            let text = path(11)
            let headers = (0..<Int.random(in: 0...1, using: &generator)).map { _ in
                HeaderMatch(name: names.randomElement(using: &generator) ?? "", .exact("1"))
            }
            let match = HTTPMatch(
                path: PathMatch(
                    Bool.random(using: &generator) ? .exact(text) : .prefix(text),
                    isCaseSensitive: Bool.random(using: &generator)), headers: headers)
            let target =
                Bool.random(using: &generator) ? text + path(3) : Bool.random(using: &generator) ? text : path(11)
            let request = TestRequest(
                target: target, headers: names.filter { _ in Bool.random(using: &generator) }.map { ($0, "1") })
            guard CompiledMatch(match).matches(request) else { continue }
            matched += 1
            #expect(admits(match, request))
        }
        #expect(matched > 1000)
    }
}

/// The same numbers in every run.
private struct StepwiseGenerator: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
