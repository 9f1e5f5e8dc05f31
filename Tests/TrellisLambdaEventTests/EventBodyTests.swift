import Foundation
import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

@Suite("Body of an event")
struct EventBodyTests {
    @Test(
        "Which content types are text",
        arguments: [
            ("text/plain", true), ("text/html; charset=utf-8", true), ("TEXT/CSV", true), ("text/x-unheard-of", true),
            ("application/json", true), ("Application/JSON;charset=UTF-8", true), ("application/json ; x=y", true),
            ("  application/xml\t", true), ("application/javascript", true),
            ("application/problem+json", false), ("application/jsonx", false), ("application/jso", false),
            ("image/svg+xml", false), ("application/x-www-form-urlencoded", false), ("multipart/form-data; a=b", false),
            ("application/octet-stream", false), ("text", false), ("xtext/plain", false), ("", false), (";", false),
            ("application/json, text/plain", false),
        ])
    func contentTypes(contentType: String, isText: Bool) throws {
        #expect(LambdaEventEncoder.isText(contentType: contentType) == isText)
        let json = try JSONValue(
            event(.v2, headers: lines(("CONTENT-type", contentType)), body: ByteBuffer(string: "hello")))
        #expect(json["body"] == (isText ? "hello" : "aGVsbG8="))
        #expect(json["isBase64Encoded"] == .bool(!isText))
    }

    @Test("Without a content type a body is base64")
    func noContentType() throws {
        #expect(!LambdaEventEncoder.isText(contentType: nil))
        let json = try JSONValue(event(.v2, body: ByteBuffer(string: "hello")))
        #expect(json["body"] == "aGVsbG8=")
        #expect(json["isBase64Encoded"] == true)
    }

    @Test("The first content-type line decides")
    func twoContentTypes() throws {
        let headers = lines(("content-type", "image/png"), ("content-type", "text/plain"))
        let json = try JSONValue(event(.v2, headers: headers, body: ByteBuffer(string: "x")))
        #expect(json["isBase64Encoded"] == true)
    }

    @Test("An empty body is an empty string whatever its type", arguments: ["image/png", "text/plain"])
    func emptyBody(contentType: String) throws {
        let json = try JSONValue(event(.v2, headers: lines(("content-type", contentType))))
        #expect(json["body"] == "")
        #expect(json["isBase64Encoded"] == false)
    }

    static let illFormed: [[UInt8]] = [
        [0x1F, 0x8B, 0x08, 0x00], [0x61, 0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
        [0xC3], [0xE6, 0xBC], [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE6, 0x28, 0xA2], [0xF0, 0x9F, 0x28, 0x80],
        [0xF0, 0x9F, 0x98, 0x28], [0x80], [0xBF, 0xBF],
    ]

    @Test("A text body that is not UTF-8 is base64", arguments: illFormed)
    func notUTF8(bytes: [UInt8]) throws {
        for prefix in ["", "a", "\"escaped\"\n", "exactly eight and more: é漢😀", String(repeating: "x", count: 100)] {
            for suffix in ["", "z", " and a longer text after it"] {
                let body = Array(prefix.utf8) + bytes + Array(suffix.utf8)
                let json = try JSONValue(
                    event(.v2, headers: lines(("content-type", "text/plain")), body: ByteBuffer(bytes: body)))
                #expect(json["isBase64Encoded"] == true)
                #expect(json["body"]?.text.flatMap { Data(base64Encoded: $0) } == Data(body))
            }
        }
    }

    static let wellFormed = [
        "\u{80}\u{7FF}", "\u{800}\u{FFF}\u{1000}", "\u{D7FF}\u{E000}\u{FFFF}", "\u{10000}\u{10FFFF}", "x\u{FEFF}bom",
        "\u{2028}\u{2029}", "\u{0}\u{1}\u{1F}\u{7F}", "\"\\/",
    ]

    @Test("All of Unicode is text", arguments: wellFormed)
    func text(body: String) throws {
        for padding in 0..<9 {
            let text = String(repeating: "p", count: padding) + body + String(repeating: "q", count: padding)
            let json = try JSONValue(
                event(.v2, headers: lines(("content-type", "text/plain")), body: ByteBuffer(string: text)))
            #expect(json["body"] == .string(text))
            #expect(json["isBase64Encoded"] == false)
        }
    }

    @Test("A text that is nothing but escapes outgrows the reserved buffer and stays whole")
    func escapesOnly() throws {
        let text = String(repeating: "\u{1}\"", count: 40_000)
        let json = try JSONValue(
            event(.v2, headers: lines(("content-type", "text/plain")), body: ByteBuffer(string: text)))
        #expect(json["body"] == .string(text))
    }
}
