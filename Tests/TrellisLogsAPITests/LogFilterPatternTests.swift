import Testing

@testable import TrellisLogsAPI

@Suite("Filter patterns")
struct LogFilterPatternTests {
    static let texts: [(pattern: String, message: String, matches: Bool)] = [
        ("", "anything", true), ("   ", "anything", true),
        ("ERROR", "an ERROR here", true), ("ERROR", "an error here", false), ("ERROR", "ERRORS", true),
        ("ERROR timeout", "timeout before ERROR", true), ("ERROR timeout", "only ERROR", false),
        (#""not found""#, "it was not found", true), (#""not found""#, "found not", false),
        (#""a \"b\"""#, #"say a "b" now"#, true), (#""[x]""#, "[x]", true),
        ("?ERROR ?WARN", "a WARN", true), ("?ERROR ?WARN", "an INFO", false),
        ("ERROR ?WARN", "a WARN", false), ("ERROR -EXITING", "ERROR", true), ("ERROR -EXITING", "ERROR EXITING", false),
        ("-debug", "info", true), ("-debug", "debug", false), (#"-"a b""#, "a b", false), ("é", "café", true),
        ("a_1", "xa_1x", true),
    ]

    @Test(arguments: texts)
    func text(_ pattern: String, _ message: String, _ matches: Bool) throws {
        #expect(try LogFilterPattern(pattern).matches(Array(message.utf8)) == matches)
    }

    static let objects: [(pattern: String, message: String, matches: Bool)] = [
        (#"{ $.level = "ERROR" }"#, #"{"level":"ERROR"}"#, true),
        (#"{ $.level = "ERROR" }"#, #"{"level":"INFO"}"#, false), (#"{ $.level = "ERROR" }"#, "ERROR", false),
        (#"{$.level=ERROR}"#, #"{"level":"ERROR"}"#, true), (#"{ $.level != "INFO" }"#, #"{"level":"WARN"}"#, true),
        (#"{ $.level != "INFO" }"#, #"{"other":"WARN"}"#, false),
        (#"{ $.a.b = "c*" }"#, #"{"a":{"b":"cde"}}"#, true), (#"{ $.a = "*b*c" }"#, #"{"a":"abbc"}"#, true),
        (#"{ $.a = "*b*c" }"#, #"{"a":"abcd"}"#, false), ("{ $.n > 5 }", #"{"n":6}"#, true),
        ("{ $.n > 5 }", #"{"n":5}"#, false), ("{ $.n >= 5 }", #"{"n":5}"#, true),
        ("{ $.n < 1.5 }", #"{"n":1.4}"#, true),
        ("{ $.n <= -1 }", #"{"n":-1}"#, true), ("{ $.n = 1e3 }", #"{"n":1000}"#, true),
        ("{ $.n != 5 }", #"{"n":"5"}"#, false), (#"{ $.n = "5" }"#, #"{"n":5}"#, true),
        ("{ $.l[1] = 2 }", #"{"l":[1,2]}"#, true), ("{ $.l[7] = 2 }", #"{"l":[1,2]}"#, false),
        ("{ $.l[*] = 2 }", #"{"l":[1,2]}"#, true), (#"{ $["a b"].c = 1 }"#, #"{"a b":{"c":1}}"#, true),
        ("{ $.f IS TRUE }", #"{"f":true}"#, true), ("{ $.f IS FALSE }", #"{"f":true}"#, false),
        ("{ $.f IS NULL }", #"{"f":null}"#, true), ("{ $.f NOT EXISTS }", #"{"g":1}"#, true),
        ("{ $.f EXISTS }", #"{"g":1}"#, false),
        (#"{ ($.a = 1 || $.a = 2) && $.b = "x" }"#, #"{"a":2,"b":"x"}"#, true),
        (#"{ ($.a = 1 || $.a = 2) && $.b = "x" }"#, #"{"a":2,"b":"y"}"#, false),
        (#"{ $.a = 1 || $.a = 2 && $.b = "x" }"#, #"{"a":1}"#, true), ("{ $.a = 1 }", #"{"a":1"#, false),
        ("{ $.a = 1 }", #"[{"a":1}]"#, false),
    ]

    @Test(arguments: objects)
    func object(_ pattern: String, _ message: String, _ matches: Bool) throws {
        #expect(try LogFilterPattern(pattern).matches(Array(message.utf8)) == matches)
    }

    @Test(
        "what is not understood is refused",
        arguments: [
            "[ip, user, status=404]", "%a+%", #"{ $.a = %x% }"#, "a.b", "a-b", "(x)", #""open"#, #""x\"#, "-", "? a",
            "{", "{}", "{ $ = 1 }", "{ a = 1 }", "{ $.a }", "{ $.a = }", "{ $.a = 1 } x", "{ $.a = 1 && }",
            #"{ $.a > "x" }"#, "{ $.a IS MAYBE }", "{ $.a NOT 1 }", "{ $.l[x] = 1 }", "{ $.l[ }",
            "{ $.a = 1 | $.b = 2 }",
            "{ ($.a = 1 }", "{ $..a = 1 }", "{ $.l[99999999999999999999] = 1 }",
            String(repeating: "{ (", count: 300),
            "{ " + String(repeating: "(", count: 40) + "$.a = 1" + String(repeating: ")", count: 40) + " }",
        ])
    func refused(pattern: String) {
        #expect(throws: LogFilterPatternError.self) { try LogFilterPattern(pattern) }
    }

    @Test("messages of any bytes are compared as bytes")
    func bytes() throws {
        let message: [UInt8] = [0xFF, 0x00] + Array("ERROR".utf8) + [0xC3]
        #expect(try LogFilterPattern("ERROR").matches(message))
        #expect(try !LogFilterPattern("{ $.a = 1 }").matches([0x7B, 0xFF]))
    }
}
