import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

@testable import trellis

@Suite struct EventOutputTests {
    private func run(_ arguments: [String], input: String = "", isTerminal: Bool = true) throws -> String {
        let world = EventRun.World(
            now: Timestamp(millisecondsSinceEpoch: 1000), newRequestID: "new", isInputTerminal: isTerminal,
            load: { _, limit, _ in Array(input.utf8.prefix(limit)) })
        return String(buffer: try EventRun(try EventArguments(arguments), world).output())
    }

    @Test(arguments: [
        ("{}", "{}\n"), (#"{"a":{}}"#, "{\n  \"a\": {}\n}\n"),
        (
            #"{"a":["x","{\"y\":1, [2]}"],"b":{"c":true,"d":"\\"}}"#,
            "{\n  \"a\": [\"x\", \"{\\\"y\\\":1, [2]}\"],\n  \"b\": {\n    \"c\": true,\n    \"d\": \"\\\\\"\n  }\n}\n"
        ),
    ])
    func indentation(json: String, expected: String) {
        #expect(String(buffer: IndentedJSON.text(of: ByteBuffer(string: json))) == expected)
    }

    @Test("The readable form differs from the compact one in white space alone")
    func layout() throws {
        for version in ["--v1", "--v2"] {
            let arguments = [version, "/x?a=1&b=\"{,}", "-H", #"x: "[{,:\"#, "--json", #"{"n": 1.0, "s": "\u0000"}"#]
            let compact = try run(arguments + ["--compact"])
            let readable = try run(arguments)
            #expect(readable.contains("\n  \"method\": \"POST\",\n"))
            var rebuilt = ""
            for line in readable.split(separator: "\n") { rebuilt += line.drop { $0 == " " } }
            // Strings keep their blanks, so what is left are those after a member's name.
            #expect(rebuilt.replacing("\": ", with: "\":").count <= compact.count + 2)
            #expect(rebuilt.filter { $0 != " " } == compact.filter { $0 != " " })
        }
    }

    @Test func aMessageIsReadWithoutURL() throws {
        let message = "GET /x HTTP/1.1\nHost: a:81\n\n"
        for arguments in [[], ["-"], ["--raw"]] {
            let event = try run(arguments + ["--compact"], input: message, isTerminal: arguments != [])
            #expect(event.contains(#""path":"/x""#) && event.contains(#""x-forwarded-port":["81"]"#))
        }
        #expect(throws: EventUsageError.self) { try run([], isTerminal: true) }
        #expect(throws: EventUsageError.self) { try run(["--raw", "-H", "a: b"], input: message) }
        #expect(throws: EventUsageError.self) { try run(["--raw", "/x"], input: message) }
    }

    @Test func headersAsSent() throws {
        let event = try run([
            "/x", "-A", "", "-H", "Connection: x", "-H", "Accept:", "--no-lattice-headers", "--compact",
        ])
        #expect(event.contains(#""headers":{"host":["localhost"],"connection":["x"]}"#))
    }

    @Test func explanation() throws {
        let text = try run([
            "/x?a.b=1", "--explain", "-d", "x", "-H", "content-type: image/png",
            "-H", "x-amz-security-token: secret", "-H", "x-long: \(String(repeating: "y", count: 200))",
            "-H", "x-c1: a\u{9B}31m",
        ])
        #expect(text.contains("body = \"eA==\"\n    base64: the content type is not in the text list"))
        #expect(text.contains("(content-type: image/png) [documented]\n"))
        #expect(text.contains("queryStringParameters[\"a.b\"] = [\"1\"]\n"))
        #expect(text.contains("x-amz-security-token: (not shown)\n") && !text.contains("secret\n"))
        #expect(text.contains("yyy… (204 bytes)"))
        #expect(!text.contains("\u{9B}"))
    }

    @Test(arguments: [
        ["--v1", "--v2", "/"], ["--compact", "--explain", "/"], ["--response", "-d", "x"], ["--response", "-", "/x"],
        ["--response", "a", "--response", "b"],
    ])
    func exclusions(arguments: [String]) {
        #expect(throws: EventUsageError.self) { try run(arguments, input: "{}") }
    }

    // MARK: Answers

    @Test func responses() throws {
        let answer = #"{"statusCode":201,"headers":{"X-A":["1","2"],"te":"x"},"body":"aGk=","isBase64Encoded":true}"#
        let common =
            "HTTP/1.1 201 Created\r\nX-A: 1\r\nX-A: 2\r\nx-amzn-requestid: new\r\n"
            + "date: Thu, 01 Jan 1970 00:00:01 GMT\r\ncontent-length: 2\r\n\r\n"
        #expect(try run(["--response"], input: answer) == common + "hi")
        #expect(try run(["--response", "-X", "HEAD"], input: answer) == common)
        #expect(try run(["--response", "-I"], input: answer) == common)
    }

    @Test(arguments: [
        ("{}", "statusCode is missing\n  at byte 1, line 1, column 2:\n  {}\n   ^\n"),
        (
            "{\n  \"statusCode\": 200,\n  \"body\": 12\n}",
            "at byte 33, line 3, column 11:\n    \"body\": 12\n            ^\n"
        ),
        (
            "{\"statusCode\": 200, \"é\u{1}\": 1}",
            "column 23:\n  {\"statusCode\": 200, \"é·\": 1}\n                        ^\n"
        ),
        ("", "at byte 0, line 1, column 1:\n  \n  ^\n"),
        (
            "{\"statusCode\": 200, \"body\": \"\(String(repeating: "ä", count: 40))\", \"headers\":  1}",
            "\n  …ääää"
        ),
    ])
    func malformedResponses(answer: String, words: String) {
        let error = #expect(throws: CommandFailure.self) { try run(["--response"], input: answer) }
        #expect(error?.status == .badInput)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasSuffix("HTTP/1.1 502 Bad Gateway, \"malformed function response\"") == true)
    }

    @Test func aResponseThatIsTooLarge() {
        let answer = #"{"statusCode":200,"body":""# + String(repeating: "x", count: 6_291_556) + "\"}"
        let error = #expect(throws: CommandFailure.self) { try run(["--response"], input: answer) }
        #expect(error?.message.contains("502 Bad Gateway, \"function response is too large\"") == true)
        #expect(error?.message.contains("\(answer.utf8.count) bytes; 6291556 is the most") == true)
    }
}
