import NIOCore
import Testing
import TrellisLambdaEvent

@Suite("Malformed function response")
struct ResponseErrorTests {
    /// A document, what is wrong with it, and the text before the place where it is wrong.
    struct Case: Sendable, CustomTestStringConvertible {
        var good: String
        var bad: String
        var reason: LambdaResponseError.Reason
        var testDescription: String { good + "⟶" + bad }

        init(_ good: String, _ bad: String, _ reason: LambdaResponseError.Reason) {
            self.good = good
            self.bad = bad
            self.reason = reason
        }
    }

    private func check(_ example: Case, _ options: LambdaResponseDecoder.Options = .init()) {
        #expect(throws: LambdaResponseError(example.reason, at: example.good.utf8.count)) {
            try decode(example.good + example.bad, options)
        }
    }

    static let grammarCases: [Case] = [
        Case("", "", .unexpectedEnd),
        Case(" \n", "", .unexpectedEnd),
        Case("", "null", .notAnObject),
        Case("", "[]", .notAnObject),
        Case("", "\"x\"", .notAnObject),
        Case(" ", "1", .notAnObject),
        Case("", "\u{FEFF}{}", .notAnObject),
        Case("{", "", .unexpectedEnd),
        Case("{", "x", .unexpectedByte(UInt8(ascii: "x"))),
        Case("{", ",", .unexpectedByte(UInt8(ascii: ","))),
        Case("{", "'a':1}", .unexpectedByte(UInt8(ascii: "'"))),
        Case("{", "/**/}", .unexpectedByte(UInt8(ascii: "/"))),
        Case(#"{"a""#, "", .unexpectedEnd),
        Case(#"{"a""#, "1}", .unexpectedByte(UInt8(ascii: "1"))),
        Case(#"{"a":"#, "", .unexpectedEnd),
        Case(#"{"a":"#, "}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":1"#, "", .unexpectedEnd),
        Case(#"{"a":1"#, "]", .unexpectedByte(UInt8(ascii: "]"))),
        Case(#"{"a":1,"#, "}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":1 "#, #""b":1}"#, .unexpectedByte(UInt8(ascii: "\""))),
        Case(#"{"a":[1,"#, "]}", .unexpectedByte(UInt8(ascii: "]"))),
        Case(#"{"a":[1"#, "}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":["#, "", .unexpectedEnd),
        Case(#"{"a":{"#, "1:2}}", .unexpectedByte(UInt8(ascii: "1"))),
        Case(#"{"a":{"b":1,"#, "}}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":tr"#, "ie}", .unexpectedByte(UInt8(ascii: "i"))),
        Case(#"{"a":fals"#, "", .unexpectedEnd),
        Case(#"{"a":nul"#, "}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":"#, "True}", .unexpectedByte(UInt8(ascii: "T"))),
        Case(#"{"a":true"#, "x}", .unexpectedByte(UInt8(ascii: "x"))),
        Case(#"{"a":"#, "NaN}", .unexpectedByte(UInt8(ascii: "N"))),
        Case(#"{"a":"#, "+1}", .unexpectedByte(UInt8(ascii: "+"))),
        Case(#"{"a":"#, ".5}", .unexpectedByte(UInt8(ascii: "."))),
        Case(#"{"a":-"#, "}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":-"#, "", .unexpectedEnd),
        Case(#"{"a":-"#, "Infinity}", .unexpectedByte(UInt8(ascii: "I"))),
        Case(#"{"a":0"#, "1}", .unexpectedByte(UInt8(ascii: "1"))),
        Case(#"{"a":0"#, "x10}", .unexpectedByte(UInt8(ascii: "x"))),
        Case(#"{"a":1."#, "}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":1.5e"#, "}", .unexpectedByte(UInt8(ascii: "}"))),
        Case(#"{"a":1e+"#, "", .unexpectedEnd),
        Case(#"{"a":1.5"#, ".5}", .unexpectedByte(UInt8(ascii: "."))),
        Case(#"{"statusCode":200}"#, "x", .trailingBytes),
        Case("{\"statusCode\":200} \n", "{}", .trailingBytes),
        Case(#"{"statusCode":200}"#, "\u{0}", .trailingBytes),
        Case(#"{"statusCode":200}"#, "}", .trailingBytes),
        Case("{", "\u{B}}", .unexpectedByte(0x0B)),
        Case(#"{"a":"# + String(repeating: "[", count: 63), "[1]", .nestingTooDeep(limit: 64)),
        Case(String(repeating: #"{"a":"#, count: 64), #"{"a":1}"#, .nestingTooDeep(limit: 64)),
        Case(
            #"{"a":"# + String(repeating: "[", count: 63), String(repeating: "[", count: 100_000),
            .nestingTooDeep(limit: 64)),
    ]

    @Test("Grammar", arguments: grammarCases)
    func grammar(_ example: Case) { check(example) }

    static let stringsCases: [Case] = [
        Case(#"{"a":"abc"#, "", .unexpectedEnd),
        Case(#"{"a":"abc\"#, "", .unexpectedEnd),
        Case(#"{"a":""#, "\n\"}", .controlCharacterInString(0x0A)),
        Case(#"{"a":"12345678901"#, "\t\"}", .controlCharacterInString(0x09)),
        Case(#"{"a":"é"#, "\u{0}\"}", .controlCharacterInString(0)),
        Case(#"{""#, "\u{1F}\":1}", .controlCharacterInString(0x1F)),
        Case(#"{"a":"abc"#, #"\x41"}"#, .invalidEscape),
        Case(#"{"a":""#, #"\'"}"#, .invalidEscape),
        Case(#"{"a":"\n"#, #"\u12G4"}"#, .invalidEscape),
        Case(#"{"a":""#, #"\u"}"#, .invalidEscape),
        Case(#"{"a":""#, #"\u12"}"#, .invalidEscape),
        Case(#"{"a":""#, #"\U0041"}"#, .invalidEscape),
        Case(#"{"a":""#, "\\\u{E9}\"}", .invalidEscape),
        Case(#"{"a":"\u12"#, "", .unexpectedEnd),
        Case(#"{"body":""#, #"\0"}"#, .invalidEscape),
    ]

    @Test("Strings", arguments: stringsCases)
    func strings(_ example: Case) { check(example) }

    @Test(
        "Bytes that are not UTF-8 are refused where they begin, in any string",
        arguments: [#"{"statusCode":200,"body":"x"#, #"{"unknown":"abcdefghijé"#, #"{"na"#, #"{"headers":{"a":"1"#])
    func invalidUTF8(prefix: String) {
        for bytes in EventBodyTests.illFormed {
            for rest in ["\"}", "", " and eight more\"}}"] {
                var document = ByteBuffer(string: prefix)
                document.writeBytes(bytes)
                document.writeString(rest)
                let offset = prefix.utf8.count + (bytes.first == 0x61 ? 1 : 0)
                guard bytes != [0x1F, 0x8B, 0x08, 0x00] else { continue }
                #expect(throws: LambdaResponseError(.invalidUTF8, at: offset)) {
                    try LambdaResponseDecoder().decode(document)
                }
            }
        }
    }

    static let shapeCases: [Case] = [
        Case(#"{"#, "}", .missingStatusCode),
        Case(#"{"body":"x","headers":{"statusCode":"200"}"#, "} ", .missingStatusCode),
        Case(#"{"statusCode":"#, "null}", .statusCodeNotNumeric),
        Case(#"{"statusCode": "#, "true}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "[200]}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "{}}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "200.5}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "2e2}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\"\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\"OK\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\"200 OK\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\" 200\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\"0200\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\"-20\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\"2.0\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "\"٢٠٠\"}", .statusCodeNotNumeric),
        Case(#"{"statusCode":"#, "199}", .statusCodeOutOfRange),
        Case(#"{"statusCode":"#, "600}", .statusCodeOutOfRange),
        Case(#"{"statusCode":"#, "100}", .statusCodeOutOfRange),
        Case(#"{"statusCode":"#, "0}", .statusCodeOutOfRange),
        Case(#"{"statusCode":"#, "-200}", .statusCodeOutOfRange),
        Case(#"{"statusCode":"#, "\"199\"}", .statusCodeOutOfRange),
        Case(#"{"statusCode":"#, String(repeating: "9", count: 10_000) + "}", .statusCodeOutOfRange),
        Case(#"{"isBase64Encoded":"#, "null}", .wrongType(.isBase64Encoded)),
        Case(#"{"isBase64Encoded":"#, "\"true\"}", .wrongType(.isBase64Encoded)),
        Case(#"{"isBase64Encoded":"#, "1}", .wrongType(.isBase64Encoded)),
        Case(#"{"body":"#, "{}}", .wrongType(.body)),
        Case(#"{"body": "#, "1}", .wrongType(.body)),
        Case(#"{"body":"#, "false}", .wrongType(.body)),
        Case(#"{"headers":"#, "null}", .wrongType(.headers)),
        Case(#"{"headers":"#, "[]}", .wrongType(.headers)),
        Case(#"{"headers":"#, "\"a: b\"}", .wrongType(.headers)),
        Case(#"{"headers":{"a":"#, "1}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"a":"#, "true}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"a":"#, "null}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"a":"#, "{}}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"b":"x","\u0061":["y", "#, "1]}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"a":["#, "[\"x\"]]}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"a":["#, "null]}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"a":["x","#, "]}}", .headerValueNotString(name: "a")),
        Case(#"{"headers":{"#, #""":"x"}}"#, .invalidHeaderName),
        Case(#"{"headers":{"#, #""a b":"x"}}"#, .invalidHeaderName),
        Case(#"{"headers":{"#, #""a:":"x"}}"#, .invalidHeaderName),
        Case(#"{"headers":{"ok":"x", "#, #""é":"x"}}"#, .invalidHeaderName),
        Case(#"{"headers":{"#, #""a\r\nb":"x"}}"#, .invalidHeaderName),
        Case(#"{"headers":{"#, #""a\u0000":"x"}}"#, .invalidHeaderName),
        Case(#"{"headers":{"#, #""a(b)":"x"}}"#, .invalidHeaderName),
        Case(#"{"headers":{"a":"#, #""x\r\ny: z"}}"#, .invalidHeaderValue(name: "a")),
        Case(#"{"headers":{"a":"#, #""x\n"}}"#, .invalidHeaderValue(name: "a")),
        Case(#"{"headers":{"a":"#, #""\r"}}"#, .invalidHeaderValue(name: "a")),
        Case(#"{"headers":{"a":"#, #""\u0000"}}"#, .invalidHeaderValue(name: "a")),
        Case(#"{"headers":{"a":"#, #""\u001b[0m"}}"#, .invalidHeaderValue(name: "a")),
        Case(#"{"headers":{"a":"#, "\"\u{7F}\"}}", .invalidHeaderValue(name: "a")),
        Case(#"{"headers":{"a":["x","#, #""\n"]}}"#, .invalidHeaderValue(name: "a")),
        Case(#"{"statusCode":200,"statusCode":"#, #""x","statusCode":200}"#, .statusCodeNotNumeric),
    ]

    @Test("Shape", arguments: shapeCases)
    func shape(_ example: Case) { check(example) }

    static let base64Cases: [Case] = [
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":""#, "-_==\"}", .invalidBase64),
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":"Zm"#, " v\"}", .invalidBase64),
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":"Zm9vZg"#, "\"}", .invalidBase64),
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":"Zg=="#, "Zg==\"}", .invalidBase64),
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":"Zm9vZ"#, "h==\"}", .invalidBase64),
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":"Zm9v"#, #"\n"}"#, .invalidBase64),
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":"\/\u0061\/\/"#, "é\"}", .invalidBase64),
        Case(#"{"statusCode":200,"body":"\/\u0061\/\/Z"#, #"\"","isBase64Encoded":true}"#, .invalidBase64),
        Case(#"{"statusCode":200,"isBase64Encoded":true,"body":"\/\u0061\/"#, "\"}", .invalidBase64),
    ]

    @Test("Base64, with and without escapes", arguments: base64Cases)
    func base64(_ example: Case) { check(example) }

    static let multiValueHeadersCases: [Case] = [
        Case(#"{"multiValueHeaders":"#, "null}", .wrongType(.multiValueHeaders)),
        Case(#"{"multiValueHeaders":"#, "[]}", .wrongType(.multiValueHeaders)),
        Case(#"{"multiValueHeaders":{"a":"#, #""x"}}"#, .headerValueNotString(name: "a")),
        Case(#"{"multiValueHeaders":{"a":["#, "1]}}", .headerValueNotString(name: "a")),
        Case(#"{"multiValueHeaders":{"#, #""a b":["x"]}}"#, .invalidHeaderName),
    ]

    @Test("multiValueHeaders, if read", arguments: multiValueHeadersCases)
    func multiValueHeaders(_ example: Case) { check(example, .init(readsMultiValueHeaders: true)) }

    @Test("Too many header lines, where the first too many begins")
    func tooManyHeaders() {
        let options = LambdaResponseDecoder.Options(maximumHeaderLines: 2)
        check(Case(#"{"headers":{"a":["1","2","#, #""3"]}}"#, .tooManyHeaders(limit: 2)), options)
        let hundred = (0..<100).map { #""h\#($0)":"v","# }.joined()
        check(Case(#"{"headers":{\#(hundred)"x":"#, #""v"}}"#, .tooManyHeaders(limit: 100)))
    }

    @Test("Header lines that are too long in total")
    func headersTooLarge() {
        let options = LambdaResponseDecoder.Options(maximumHeaderBytes: 18)
        check(Case(#"{"headers":{"a":["1","2"],"b":"#, #""34"}}"#, .headersTooLarge(limit: 18)), options)
        let long = String(repeating: "x", count: 61_440)
        check(Case(#"{"headers":{"b":"#, "\"\(long)\"}}", .headersTooLarge(limit: 61_440)))
    }

    @Test("A description names the fault and its place")
    func description() {
        let error = LambdaResponseError(.wrongType(.body), at: 27)
        #expect("\(error)" == "body must be a string or null (byte 27)")
        let unexpected = LambdaResponseError(.unexpectedByte(UInt8(ascii: "]")), at: 3)
        #expect("\(unexpected)" == "the response is not JSON: unexpected ']' (byte 3)")
        #expect("\(LambdaResponseError.Reason.unexpectedByte(0x0B))".hasSuffix("byte 0x0b"))
    }
}
