import Testing

@testable import TrellisAPI

@Suite struct JSONTests {
    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-12", -12), ("1.0", 1), ("1e2", 100),
            ("1.5", .double(1.5)), ("-0.25E-1", .double(-0.025)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)), (#""""#, ""),
            (#""a\/\"\\\n\u0041""#, "a/\"\\\nA"),
            (#""\ud83d\ude00 \u00e9 é""#, "😀 é é"), ("[]", .array([])),
            ("[1,[ ],{}]", .array([1, .array([]), .object([:])])),
            (#"{"a":{"b":[null]},"c":"d"}"#, .object(["a": .object(["b": .array([.null])]), "c": "d"])),
            (#"{"a":1,"a":2}"#, .object(["a": 2])), (#""\u0000""#, "\u{0}"),
        ] as [(String, JSONValue)])
    func documentsAreRead(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text.utf8) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "truex", "01", "-", "+1", ".5", "1.", "1e", "1e999", "[", "[1", "[1,]", "[1 2]", "{", "{a:1}",
        #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1"#, #""a"#, "\"a\nb\"", #""\x""#, #""\u12"#, #""\u12g4""#,
        #""\ud800""#,
        #""\ud800\u0041""#, #""\udc00""#, "1 2", "'a'", "NaN", "Infinity", "[1]]", #""\"#,
    ])
    func anythingElseIsRefused(text: String) {
        #expect(throws: ProtocolError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func brokenTextIsRefused() {
        for bytes in [[0x22, 0xC3, 0x22], [0x22, 0xFF, 0x22], [0xEF, 0xBB, 0xBF, 0x31]] as [[UInt8]] {
            #expect(throws: ProtocolError.self) { try JSONValue(parsing: bytes) }
        }
    }

    @Test(arguments: ["[", #"{"a":"#])
    func nestingIsBounded(open: String) throws {
        let deepest =
            String(repeating: "[", count: JSONParser.nestingLimit)
            + String(repeating: "]", count: JSONParser.nestingLimit)
        _ = try JSONValue(parsing: deepest.utf8)
        #expect(throws: ProtocolError.self) { try JSONValue(parsing: "[\(deepest)]".utf8) }
        #expect(throws: ProtocolError.self) { try JSONValue(parsing: String(repeating: open, count: 100_000).utf8) }
    }

    @Test func errorsSayWhere() {
        #expect(throws: ProtocolError.malformedBody(reason: "expected ',' or '}' at offset 7")) {
            try JSONValue(parsing: #"{"a":1 "b"}"#.utf8)
        }
    }

    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (-7, "-7"), (.double(0.5), "0.5"),
            ("é\"\\/\u{1}\n\u{7F}", "\"é\\\"\\\\/\\u0001\\n\u{7F}\""),
            (.array([]), "[]"), (.object(["b": 1, "a": .array([.null, "x"])]), #"{"a":[null,"x"],"b":1}"#),
        ] as [(JSONValue, String)])
    func valuesAreWritten(value: JSONValue, text: String) throws {
        #expect(String(decoding: value.encoded(), as: UTF8.self) == text)
        #expect(try JSONValue(parsing: value.encoded()) == value)
    }
}
