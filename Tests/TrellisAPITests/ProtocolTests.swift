import NIOCore
import Testing
import TrellisAPI
import TrellisModel

@Suite struct ProtocolTests {
    struct Table: APIErrorTable {
        func wireError(for error: any Error) -> APIError {
            switch error {
            case ProtocolError.unknownOperation: APIError("Unknown", status: 404, message: "unknown")
            case let error as APIError: error
            default: APIError("Internal", status: 500, message: "internal")
            }
        }
    }

    struct Failure: Error {}

    static func api() -> RestJSONAPI {
        RestJSONAPI(
            signingName: "test",
            operations: [
                APIOperation("Get", "GET", "/things/{id}") { call in
                    .json(.object(["id": .string(call.labels["id"] ?? ""), "q": .string(call.query["q"] ?? "")]))
                },
                APIOperation("Find", "GET", "/things/{id}?find=all") { _ in .json("found") },
                APIOperation("Special", "GET", "/things/special") { _ in .json("special") },
                APIOperation("Fail", "POST", "/fail", bodyLimit: 7) { _ in throw Failure() },
            ],
            permissions: OperationPermissions(clock: FixedClock(at: Timestamp(millisecondsSinceEpoch: 0))) { call in
                [Permission("test:\(call.operation)", on: call.labels["id"].map { "arn:aws:test:::\($0)" } ?? "*")]
            },
            errors: Table(), onInternalError: { _, _, _ in })
    }

    static func respond(_ method: String, _ path: String, query: String = "") async throws -> (Int, String) {
        let answer = await api().respond(
            to: AuthenticatedRequest(
                method: method, path: path, query: query, headers: APIHeaders(), body: ByteBuffer(),
                caller: try TestCaller.make(), requestID: "r"))
        return (answer.status, String(buffer: answer.body))
    }

    @Test(arguments: [
        (
            "/things/arn%3Aaws%3Avpc-lattice%3A%3A%3Aservice%2Fsvc-1",
            #"{"id":"arn:aws:vpc-lattice:::service/svc-1","q":""}"#
        ),
        ("/things/special", #""special""#),
        ("/things/a+b/", #"{"id":"a+b","q":""}"#),
        ("//things/x", #"{"id":"x","q":""}"#),
    ])
    func aPathIsSplitBeforeItIsDecoded(path: String, body: String) async throws {
        let answer = try await Self.respond("GET", path)
        #expect(answer == (200, body))
    }

    @Test(arguments: [
        ("GET", "/things"), ("GET", "/things/a/b"), ("PUT", "/things/a"), ("GET", "/things/%zz"), ("GET", "/"),
        ("GET", "/things/%ff"),
    ])
    func anythingElseIsAnUnknownOperation(method: String, path: String) async throws {
        #expect(try await Self.respond(method, path).0 == 404)
    }

    @Test(arguments: [
        ("/things/a", "find=all", "found"), ("/things/a", "x=1&find=all", "found"), ("/things/a", "find=ALL", "id"),
        ("/things/a", "", "id"), ("/things/special", "find=all", "special"),
    ])
    func aQueryItemChoosesBetweenOperationsOfOnePath(path: String, query: String, expected: String) async throws {
        #expect(try await Self.respond("GET", path, query: query).1.contains(expected))
    }

    @Test func aBrokenQueryIsRefused() async throws {
        #expect(try await Self.respond("GET", "/things/a", query: "q=%").0 == 500)
        #expect(try await Self.respond("GET", "/things/a", query: "q=1+2").1 == #"{"id":"a","q":"1 2"}"#)
    }

    @Test func anErrorNamesItsTypeAndHidesWhatIsInternal() async throws {
        let answer = await Self.api().respond(
            to: AuthenticatedRequest(
                method: "POST", path: "/fail", query: "", headers: APIHeaders(), body: ByteBuffer(),
                caller: try TestCaller.make(), requestID: "r"))
        #expect(answer.status == 500)
        #expect(answer.headers.contains { $0.name == "x-amzn-errortype" && $0.value == "Internal" })
        #expect(String(buffer: answer.body) == #"{"message":"internal"}"#)
        #expect(Self.api().bodyLimit(method: "POST", path: "/fail") == 7)
    }

    @Test func pagesHoldEveryElementOnceWhateverChangesMeanwhile() throws {
        var elements = (10..<20).map(String.init)
        var seen: [String] = []
        var token: String?
        repeat {
            let page = try Pagination.page(elements, after: token, limit: 3, position: \.self)
            seen += page.items
            token = page.nextToken
            elements.removeAll { $0 == seen.last }
        } while token != nil
        #expect(seen == (10..<20).map(String.init))
    }

    @Test(arguments: ["", "x", "1", "2aa", "1zz", "1ff", "1a"])
    func aTokenOfAnotherFormIsRefused(token: String) {
        if token == "1" {
            // The position before everything: harmless.
            #expect(throws: Never.self) { try Pagination.page(["a"], after: token, limit: 1, position: \.self) }
        } else {
            #expect(throws: Pagination.InvalidToken.self) {
                try Pagination.page(["a"], after: token, limit: 1, position: \.self)
            }
        }
    }
}
