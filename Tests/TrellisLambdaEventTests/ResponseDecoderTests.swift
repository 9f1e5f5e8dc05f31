import NIOCore
import Testing
import TrellisLambdaEvent

func decode(
    _ document: String, _ options: LambdaResponseDecoder.Options = .init()
) throws(LambdaResponseError) -> LambdaResponse {
    try LambdaResponseDecoder(options: options).decode(ByteBuffer(string: document))
}

@Suite("Function response")
struct ResponseDecoderTests {
    @Test("The documented sample")
    func sample() throws {
        let response = try decode(
            """
            { "isBase64Encoded": false, "statusCode": 200, "statusDescription": "200 OK",
              "headers": { "Set-cookie": "a=1", "Content-Type": "application/json" }, "body": "{\\"a\\":1}" }
            """)
        #expect(response.statusCode == 200)
        #expect(printed(response.headers) == ["Set-cookie: a=1", "Content-Type: application/json"])
        #expect(String(buffer: response.body) == #"{"a":1}"#)
    }

    @Test("Only statusCode is required")
    func least() throws {
        let response = try decode(#"{"statusCode":204}"#)
        #expect(response.statusCode == 204)
        #expect(response.headers.isEmpty)
        #expect(response.body.readableBytes == 0)
    }

    @Test(
        "Status codes",
        arguments: [
            ("200", 200), ("599", 599), ("404", 404), ("\"200\"", 200), ("\"503\"", 503), ("200.0", 200),
            ("404.000", 404), (#""2\u00300""#, 200),
        ])
    func statusCode(text: String, expected: Int) throws {
        #expect(try decode(#"{"statusCode":\#(text)}"#).statusCode == expected)
    }

    @Test("Strings are one line each and never split, lists one line per element")
    func headers() throws {
        let response = try decode(
            #"{"statusCode":200,"headers":{"a":"1, 2","b":["x","y, z",""],"c":[],"Set-Cookie":"a=1","set-cookie":"b=2","d":"\t é"}}"#
        )
        #expect(
            printed(response.headers)
                == ["a: 1, 2", "b: x", "b: y, z", "b: ", "Set-Cookie: a=1", "set-cookie: b=2", "d: \t é"])
    }

    @Test("Hop-by-hop headers, what connection names, and content-length are dropped")
    func hopByHop() throws {
        let response = try decode(
            #"{"statusCode":200,"headers":{"X-Named":"1","Connection":["close","x-named, Content-Type"],"Content-Length":"99","#
                + #""Transfer-Encoding":"chunked","keep-alive":"1","Proxy-Authenticate":"x","TE":"x","Trailer":"x","Upgrade":"x","#
                + #""Content-Type":"a/b","kept":"2"}}"#)
        #expect(printed(response.headers) == ["kept: 2"])
    }

    @Test(
        "Bodies",
        arguments: [
            (#""body":"text""#, "text"), (#""body":"""#, ""), (#""body":null"#, ""), (#""x":1"#, ""),
            (#""body":"aGk=""#, "aGk="), (#""body":"aGk=","isBase64Encoded":true"#, "hi"),
            (#""isBase64Encoded":true,"body":"aGk=""#, "hi"), (#""isBase64Encoded":true,"body":"""#, ""),
            (#""isBase64Encoded":true,"body":null"#, ""), (#""isBase64Encoded":true"#, ""),
            (#""isBase64Encoded":false,"body":"é漢😀""#, "é漢😀"),
            (#""isBase64Encoded":true,"body":"\u0061Gk=""#, "hi"), (#""isBase64Encoded":true,"body":"Pz8\/""#, "???"),
            (#""body":"\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""body":"\u0000\u00e9\u6F22\uFFFF""#, "\u{0}é漢\u{FFFF}"),
            (#""body":"\ud83d\ude00\uD83D\uDE00""#, "😀😀"),
            (#""body":"12345678\n12345678\"1234567\\""#, "12345678\n12345678\"1234567\\"),
            (#""body":"\ud83d""#, "\u{FFFD}"), (#""body":"\ude00x""#, "\u{FFFD}x"),
            (#""body":"\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""body":"\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""body":"\ud83d\u0041""#, "\u{FFFD}A"), (#""body":"\ud83d\n""#, "\u{FFFD}\n"),
            (#""body":"\ud83dude00""#, "\u{FFFD}ude00"),
            ("\"body\":\"\u{FEFF}x\\n\u{FEFF}\"", "\u{FEFF}x\n\u{FEFF}"),
            (#""body":"\u007f\#u{7F}""#, "\u{7F}\u{7F}"),
        ])
    func bodies(members: String, expected: String) throws {
        let response = try decode(#"{"statusCode":200,\#(members)}"#)
        #expect(String(buffer: response.body) == expected)
    }

    @Test("Base64 of all bytes")
    func binaryBody() throws {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        var base64 = ByteBuffer()
        base64.writeWithUnsafeMutableBytes(minimumWritableBytes: Base64Encoding.encodedLength(of: bytes.count)) {
            output in
            bytes.withUnsafeBytes { Base64Encoding.encode($0, to: output) }
        }
        let response = try decode(#"{"statusCode":200,"isBase64Encoded":true,"body":"\#(String(buffer: base64))"}"#)
        #expect(Array(buffer: response.body) == bytes)
    }

    @Test("A body without escapes is a slice of the document")
    func sharedBody() throws {
        let document = ByteBuffer(string: #"{"statusCode":200,"body":"shared"}"#)
        let response = try LambdaResponseDecoder().decode(document)
        let isInside = document.withUnsafeReadableBytes { outer in
            response.body.withUnsafeReadableBytes { inner in
                guard let start = outer.baseAddress, let end = inner.baseAddress else { return false }
                return end == start.advanced(by: 26)
            }
        }
        #expect(isInside)
    }

    @Test("A document in the middle of a buffer")
    func offsetDocument() throws {
        var document = ByteBuffer(string: #"junk{"statusCode":201,"body":"a\nb"}junk"#)
        document.moveReaderIndex(forwardBy: 4)
        document.moveWriterIndex(to: document.writerIndex - 4)
        let response = try LambdaResponseDecoder().decode(document)
        #expect(response.statusCode == 201)
        #expect(String(buffer: response.body) == "a\nb")
    }

    @Test("Unknown members of every kind are skipped")
    func unknownMembers() throws {
        let response = try decode(
            """
             \t\r\n{"a":null , "b" : [1,-0,0.5,1e5,1E+5,-1.25e-10,123456789012345678901234567890,1e999999,[],[[]],{}],
             "c":{"d":{"e":[true,false,null,"\\u0041"]},"":""},"statusDescription":7,"cookies":["x=1"],
             "multiValueHeaders":"whatever","StatusCode":1,"statuscode":2,"status":3,"headers":{}, "statusCode":200} \n
            """)
        #expect(response.statusCode == 200)
        #expect(response.headers.isEmpty)
    }

    @Test("Member names may be escaped")
    func escapedNames() throws {
        let response = try decode(#"{"status\u0043ode":200,"\u0062ody":"x","headers":{"\u0061":"1"}}"#)
        #expect(String(buffer: response.body) == "x")
        #expect(printed(response.headers) == ["a: 1"])
    }

    @Test("The last of two equal names counts, at every level")
    func duplicates() throws {
        let response = try decode(
            #"{"statusCode":500,"body":"first","headers":{"x":"1"},"isBase64Encoded":true,"#
                + #""statusCode":200,"body":"last","isBase64Encoded":false,"headers":{"a":"1","b":"2","a":["3","4"],"c":"5","b":[]}}"#
        )
        #expect(response.statusCode == 200)
        #expect(String(buffer: response.body) == "last")
        #expect(printed(response.headers) == ["a: 3", "a: 4", "c: 5"])
        #expect(try decode(#"{"statusCode":200,"body":"x","body":null}"#).body.readableBytes == 0)
    }

    @Test("Nesting up to 64 is read")
    func nesting() throws {
        let arrays = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(try decode(#"{"x":\#(arrays),"statusCode":200}"#).statusCode == 200)
        let objects = String(repeating: #"{"a":"#, count: 63) + "1" + String(repeating: "}", count: 63)
        #expect(try decode(#"{"x":\#(objects),"statusCode":200}"#).statusCode == 200)
    }

    @Test("Bounds on headers are inclusive")
    func bounds() throws {
        let options = LambdaResponseDecoder.Options(maximumHeaderLines: 3, maximumHeaderBytes: 18)
        let document = #"{"statusCode":200,"headers":{"a":["1","2"],"b":"3"}}"#
        #expect(try decode(document, options).headers.count == 3)
        let replaced = #"{"statusCode":200,"headers":{"a":["1","2","3"],"a":["4","5","6"]}}"#
        #expect(try decode(replaced, options).headers.count == 3)
        let hundred = (0..<100).map { #""h\#($0)":"v""# }.joined(separator: ",")
        #expect(try decode(#"{"statusCode":200,"headers":{\#(hundred)}}"#).headers.count == 100)
    }
}

@Suite("multiValueHeaders")
struct MultiValueHeadersTests {
    private let on = LambdaResponseDecoder.Options(readsMultiValueHeaders: true)

    @Test("Ignored unless switched on, whatever it holds", arguments: ["{\"a\":[\"1\"]}", "1", "null", "{\"a\":1}"])
    func off(value: String) throws {
        let response = try decode(#"{"statusCode":200,"headers":{"a":"0"},"multiValueHeaders":\#(value)}"#)
        #expect(printed(response.headers) == ["a: 0"])
    }

    @Test("Replaces lines of the same name, in either order of members")
    func replaces() throws {
        let headers = #""headers":{"A":"0","b":"1","Set-Cookie":"x"}"#
        let multi = #""multiValueHeaders":{"a":["2","3"],"set-cookie":["y"],"c":[],"Connection":["b"]}"#
        for members in ["\(headers),\(multi)", "\(multi),\(headers)"] {
            let response = try decode(#"{"statusCode":200,\#(members)}"#, on)
            #expect(printed(response.headers) == ["a: 2", "a: 3", "set-cookie: y"])
        }
    }

    @Test("Alone it is enough")
    func alone() throws {
        let response = try decode(#"{"statusCode":200,"multiValueHeaders":{"a":["2","3"]}}"#, on)
        #expect(printed(response.headers) == ["a: 2", "a: 3"])
    }

    @Test("Bounds hold for both together, after replacing")
    func bounds() throws {
        var options = on
        options.maximumHeaderLines = 2
        let fits = #"{"statusCode":200,"headers":{"a":"0","b":"1"},"multiValueHeaders":{"A":["2"],"B":["3"]}}"#
        #expect(printed(try decode(fits, options).headers) == ["A: 2", "B: 3"])
        let tooMany = #"{"statusCode":200,"headers":{"a":"0","b":"1"},"multiValueHeaders":{"c":["2"]}}"#
        #expect(throws: LambdaResponseError(.tooManyHeaders(limit: 2), at: 76)) { try decode(tooMany, options) }
    }
}
