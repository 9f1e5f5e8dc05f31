import Foundation
import Testing

@testable import TrellisStore

/// The records' own coder and Foundation's read each other's text.
@Suite struct RecordJSONTests {
    enum Choice: Codable, Equatable {
        case plain
        case one(String)
        case labelled(first: Int, second: [Bool])
    }

    struct Inner: Codable, Equatable {
        var number: Double
        var nothing: String?
        var list: [Choice]
    }

    struct Sample: Codable, Equatable {
        var text: String
        var flag: Bool
        var small: UInt8
        var large: UInt64
        var low: Int64
        var inner: Inner
        var inners: [[Inner]]
        var names: [String: Int]
        var numbers: [Int: String]
        var missing: [String]?
    }

    static let texts = [
        "", "plain", "with \"quotes\" and \\ and /", "\u{0}\u{1}\u{8}\t\n\u{C}\r\u{1F}\u{7F}", "é e\u{301} 日本 👩‍👩‍👧",
        "\u{2028}",
        String(repeating: "x\n", count: 2000),
    ]

    private func sample(_ text: String) -> Sample {
        let inner = Inner(
            number: 1.25, nothing: text.isEmpty ? nil : text,
            list: [.plain, .one(text), .labelled(first: -1, second: [true, false])])
        return Sample(
            text: text, flag: true, small: .max, large: .max, low: .min, inner: inner,
            inners: [[], [inner, inner]], names: ["b": 1, "a": 2, text: 3], numbers: [-1: "x", 7: text], missing: nil)
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try Value(from: RecordDecoder(JSONTapeParser.parse(Array(text.utf8))))
    }

    @Test(arguments: texts) func sameTextAsFoundation(text: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let value = ["value": text, "a": "/"]
        let expected = try encoder.encode(value)
        #expect(try RecordEncoder.encode(value) == Array(expected))
    }

    /// Many values stay in memory, so none has room to grow; the allocator rounds up, and leaves no remainder too small for it.
    @Test(arguments: [0, 1, 100, 500, 600, 1100, 5000]) func valuesHaveNoRoomToSpare(length: Int) throws {
        let value = try RecordEncoder.encode([String(repeating: "x", count: length)])
        #expect(value.count == length + 4)
        #expect(value.capacity < value.count + 64)
    }

    @Test(arguments: texts) func bothReadBoth(text: String) throws {
        let sample = sample(text)
        let written = try RecordEncoder.encode(sample)
        #expect(try JSONDecoder().decode(Sample.self, from: Data(written)) == sample)
        for formatting in [JSONEncoder.OutputFormatting.sortedKeys, .prettyPrinted] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = formatting
            let older = try encoder.encode(sample)
            #expect(try Sample(from: RecordDecoder(JSONTapeParser.parse(Array(older)))) == sample)
        }
    }

    @Test func escapesOfEveryKindAreRead() throws {
        let text = #"["\"\\\/\b\f\n\r\tA\u00e9\u00E9\ud83d\ude00","\ud83d","\ude00x"]"#
        let expected = ["\"\\/\u{8}\u{C}\n\r\tAéé😀", "\u{FFFD}", "\u{FFFD}x"]
        #expect(try decode([String].self, text) == expected)
        #expect(try decode([String: Int].self, #"{"\u0061\/":1}"#) == ["a/": 1])
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{1:2}",
        "[1}",
        "{\"a\":1]", "1 2", "[1]]", "tru", "truex", "nul", "+1", "01", "1.", ".5", "1e", "1e+", "-", "--1", "0x1", "\"",
        "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "'a'", "[\"a\" \"b\"]", "\u{FEFF}1", "NaN", "1\u{0}",
    ])
    func brokenTextIsRefused(text: String) {
        #expect(throws: JSONTapeParser.Failure.self) { try JSONTapeParser.parse(Array(text.utf8)) }
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONTapeParser.parse(nested(JSONTapeParser.nestingLimit))
        #expect(throws: JSONTapeParser.Failure.self) {
            try JSONTapeParser.parse(nested(JSONTapeParser.nestingLimit + 1))
        }
        #expect(throws: JSONTapeParser.Failure.self) {
            try JSONTapeParser.parse(Array(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }

    @Test(arguments: [#"[256]"#, "[-1]", "[1.5]", "[1e2]", "[\"1\"]", "[null]", "[true]", "[99999999999999999999999]"])
    func numbersThatDoNotFitAreRefused(text: String) {
        #expect(throws: DecodingError.self) { try decode([UInt8].self, text) }
    }

    @Test func boundsOfIntegersAreRead() throws {
        #expect(try decode([Int64].self, "[-9223372036854775808,9223372036854775807,-0]") == [.min, .max, 0])
        #expect(try decode([UInt64].self, "[18446744073709551615]") == [.max])
        #expect(try decode([Int8].self, "[-128,127]") == [-128, 127])
        #expect(try decode([Double].self, "[1,-2.5e3,0.1]") == [1, -2500, 0.1])
    }

    @Test func errorsNameTheWay() {
        let error = #expect(throws: DecodingError.self) {
            try decode([String: [Inner]].self, #"{"x":[],"y":[{"number":1,"list":[{"plain":{}},{"one":{"_0":7}}]}]}"#)
        }
        guard case .typeMismatch(_, let context) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == ["y", "Index 0", "list", "Index 1", "one", "_0"])
    }

    @Test func numberWithoutAFormIsNotWritten() {
        #expect(throws: EncodingError.self) { try RecordEncoder.encode([Double.nan]) }
        #expect(throws: EncodingError.self) { try RecordEncoder.encode(["a": Double.infinity]) }
    }
}
