import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

@Suite("Query parameters")
struct QueryParametersTests {
    /// A request target, the V2 map and the V1 map.
    struct Case: Sendable, CustomTestStringConvertible {
        var target: String
        var lists: String?
        var last: String
        var testDescription: String { target }

        init(_ target: String, _ lists: String?, _ last: String) {
            self.target = target
            self.lists = lists
            self.last = last
        }
    }

    static let cases: [Case] = [
        Case("/", nil, #"{}"#),
        Case("/?", nil, #"{}"#),
        Case("/?&&", nil, #"{}"#),
        Case("*", nil, #"{}"#),
        Case("", nil, #"{}"#),
        Case("/?a=1", #"{"a":["1"]}"#, #"{"a":"1"}"#),
        Case("/?a=1&b=2&a=3", #"{"a":["1","3"],"b":["2"]}"#, #"{"a":"3","b":"2"}"#),
        Case("/?a", #"{"a":[""]}"#, #"{"a":""}"#),
        Case("/?a&a=&a=x", #"{"a":["","","x"]}"#, #"{"a":"x"}"#),
        Case("/?=v", #"{"":["v"]}"#, #"{"":"v"}"#),
        Case("/?=", #"{"":[""]}"#, #"{"":""}"#),
        Case("/?&a=1&&b=2&", #"{"a":["1"],"b":["2"]}"#, #"{"a":"1","b":"2"}"#),
        Case("/?a=b=c", #"{"a":["b=c"]}"#, #"{"a":"b=c"}"#),
        Case("/?a=1?b=2", #"{"a":["1?b=2"]}"#, #"{"a":"1?b=2"}"#),
        Case("/?a+b=c+d", #"{"a b":["c d"]}"#, #"{"a b":"c d"}"#),
        Case("/?a%20b=%2B%26%3D", #"{"a b":["+&="]}"#, #"{"a b":"+&="}"#),
        Case("/?%61=1&a=2", #"{"a":["1","2"]}"#, #"{"a":"2"}"#),
        Case("/?a=1&A=2", #"{"a":["1"],"A":["2"]}"#, #"{"a":"1","A":"2"}"#),
        Case(
            "/?e=%C3%A9&j=%e6%bc%a2&s=%F0%9F%98%80", #"{"e":["é"],"j":["漢"],"s":["😀"]}"#, #"{"e":"é","j":"漢","s":"😀"}"#),
        Case(
            "/?a=%&b=%4&c=%zz&d=%4z&e=100%", #"{"a":["%"],"b":["%4"],"c":["%zz"],"d":["%4z"],"e":["100%"]}"#,
            #"{"a":"%","b":"%4","c":"%zz","d":"%4z","e":"100%"}"#),
        Case("/?a=%2541", #"{"a":["%41"]}"#, #"{"a":"%41"}"#),
        Case("/?q=%22%5C%00%0A", #"{"q":["\"\\\u0000\n"]}"#, #"{"q":"\"\\\u0000\n"}"#),
        Case("/?a=%FF", #"{"a":["\uFFFD"]}"#, #"{"a":"\uFFFD"}"#),
        Case("/?a=%E6%BC", #"{"a":["\uFFFD"]}"#, #"{"a":"\uFFFD"}"#),
        Case("/?a=x%C3y%F0%9F%98z", #"{"a":["x\uFFFDy\uFFFDz"]}"#, #"{"a":"x\uFFFDy\uFFFDz"}"#),
        Case("/?a=%FF%FE%FD%FC", #"{"a":["\uFFFD\uFFFD\uFFFD\uFFFD"]}"#, #"{"a":"\uFFFD\uFFFD\uFFFD\uFFFD"}"#),
        Case("/?a=%E6é%BC", #"{"a":["\uFFFDé\uFFFD"]}"#, #"{"a":"\uFFFDé\uFFFD"}"#),
        Case("/?%FF=1&%FE=2", #"{"\uFFFD":["1","2"]}"#, #"{"\uFFFD":"2"}"#),
    ]

    @Test("V2 keeps every value in order", arguments: cases)
    func lists(_ example: Case) throws {
        let json = try JSONValue(event(.v2, target: example.target))
        #expect(json["path"] == .string(example.target))
        #expect(json["queryStringParameters"] == (try example.lists.map(JSONValue.init(text:))))
    }

    @Test("V1 keeps the last value", arguments: cases)
    func last(_ example: Case) throws {
        let json = try JSONValue(event(.v1, target: example.target))
        #expect(json["raw_path"] == .string(example.target))
        #expect(json["query_string_parameters"] == (try JSONValue(text: example.last)))
    }

    @Test("Keys that decode to the same text are one member")
    func noDuplicateMembers() throws {
        let produced = try event(.v2, target: "/?%FF=1&b=2&%FE=3&%62=4")
        #expect(String(buffer: produced).contains(#""queryStringParameters":{"\#u{FFFD}":["1","3"],"b":["2","4"]}"#))
    }

    @Test("Tens of thousands of parameters are grouped in order")
    func manyParameters() throws {
        let count = 15_000
        let query = (0..<count).map { "k\($0 % 5000)=\($0)" }.joined(separator: "&")
        let json = try JSONValue(event(.v2, target: "/?" + query))
        #expect(json["queryStringParameters"]?.names.count == 5000)
        #expect(json["queryStringParameters"]?["k4999"] == ["4999", "9999", "14999"])
    }
}
