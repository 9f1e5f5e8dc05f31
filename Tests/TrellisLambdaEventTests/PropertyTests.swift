import Foundation
import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

/// Each test prints its seed; set `TRELLIS_TEST_SEED` to run it again.
@Suite("Properties")
struct PropertyTests {
    @Test("Random bodies come back, as text or as base64")
    func bodiesRoundTrip() throws {
        var generator = SeededGenerator()
        for round in 0..<600 {
            let bytes = round % 3 == 0 ? generator.bytes(upTo: 300) : Array(generator.text(upTo: 100).utf8)
            let type = ["text/plain", "application/json; charset=utf-8", "application/octet-stream"][round / 3 % 3]
            let version: EventStructureVersion = round % 2 == 0 ? .v1 : .v2
            let json = try JSONValue(
                event(version, headers: lines(("content-type", type)), body: ByteBuffer(bytes: bytes)))
            let text = try #require(json["body"]?.text)
            let isBase64 = json[version == .v1 ? "is_base64_encoded" : "isBase64Encoded"] == true
            if isBase64 {
                #expect(Data(base64Encoded: text) == Data(bytes), "seed \(generator.seed)")
            } else {
                #expect(Array(text.utf8) == bytes, "seed \(generator.seed)")
            }
            let isUTF8 = String(validating: bytes, as: UTF8.self) != nil
            let isExpected = !bytes.isEmpty && (type == "application/octet-stream" || !isUTF8)
            #expect(isBase64 == isExpected, "seed \(generator.seed)")
        }
    }

    @Test("An event's body given back as a response's is the request's")
    func eventToResponse() throws {
        var generator = SeededGenerator()
        for round in 0..<300 {
            let bytes = round % 2 == 0 ? generator.bytes(upTo: 500) : Array(generator.text(upTo: 200).utf8)
            var document = try event(
                .v2, headers: lines(("content-type", "text/plain")), body: ByteBuffer(bytes: bytes))
            document.moveWriterIndex(to: document.writerIndex - 1)
            document.writeString(#","statusCode":200,"headers":{}}"#)
            let response = try LambdaResponseDecoder().decode(document)
            #expect(Array(buffer: response.body) == bytes, "seed \(generator.seed)")
        }
    }

    @Test("Random header and query text survives")
    func headersAndQuery() throws {
        var generator = SeededGenerator()
        for _ in 0..<200 {
            let name = generator.text(upTo: 12)
            let value = generator.text(upTo: 30)
            let target = "/?" + generator.text(upTo: 40)
            for version in EventStructureVersion.allCases {
                let json = try JSONValue(event(version, target: target, headers: lines((name, value))))
                #expect(json[version == .v1 ? "raw_path" : "path"] == .string(target), "seed \(generator.seed)")
                let only = try #require(json["headers"]?.names.first)
                #expect(json["headers"]?[only] == (version == .v1 ? .string(value) : [.string(value)]))
                #expect(only.utf8.count == name.utf8.count, "seed \(generator.seed)")
            }
        }
    }

    /// Writes text as JSON in one of many ways, so that every escape is met.
    private func escaped(_ text: String, _ generator: inout SeededGenerator) -> String {
        var document = "\""
        for scalar in text.unicodeScalars {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if mustEscape || Int.random(in: 0..<4, using: &generator) == 0 {
                for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
                    document += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                document.unicodeScalars.append(scalar)
            }
        }
        return document + "\""
    }

    @Test("Random strings are read as Foundation reads them")
    func stringsAgreeWithFoundation() throws {
        var generator = SeededGenerator()
        for _ in 0..<600 {
            let text = "x" + generator.text(upTo: 60)
            let literal = escaped(text, &generator)
            let document = ByteBuffer(string: #"{"statusCode":200,"body":\#(literal)}"#)
            let response = try LambdaResponseDecoder().decode(document)
            #expect(String(buffer: response.body) == text, "seed \(generator.seed)")
            #expect(try JSONValue(document)["body"] == .string(text), "seed \(generator.seed)")
        }
    }

    private static let valid = [
        #"{"isBase64Encoded":false,"statusCode":200,"statusDescription":"200 OK","headers":{"Set-cookie":["a=1","b=2"],"#
            + #""Content-Type":"application/json"},"body":"{\"a\":\"é漢😀\\n\"}","cookies":[1,-2.5e10,null,{"x":[true]}]}"#,
        #"{"statusCode":"404","isBase64Encoded":true,"body":"aGVsbG8gd29ybGQ=","multiValueHeaders":{"a":["b"]}}"#,
        " {\n\t\"body\" : \"\\ud83d\\ude00\\u0041\\/\" , \"statusCode\" : 599 , \"headers\" : { \"connection\" : \"a, b\" } } \r\n",
    ]

    @Test("Mutated responses either decode or throw, and errors lie inside the document")
    func mutations() throws {
        var generator = SeededGenerator()
        let decoders = [false, true].map { LambdaResponseDecoder(options: .init(readsMultiValueHeaders: $0)) }
        let interesting =
            Array("{}[]\",:\\u0dD8+-.eE19tfn/ \n=".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xBF, 0xC3, 0xED, 0xF0, 0xFF]
        for round in 0..<6000 {
            var bytes = Array(Self.valid[round % Self.valid.count].utf8)
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                mutate(&bytes, interesting, &generator)
            }
            for decoder in decoders {
                do {
                    let response = try decoder.decode(ByteBuffer(bytes: bytes))
                    #expect((200...599).contains(response.statusCode), "seed \(generator.seed)")
                } catch {
                    #expect((0...bytes.count).contains(error.offset), "seed \(generator.seed)")
                }
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ interesting: [UInt8], _ generator: inout SeededGenerator) {
        let byte = interesting[Int.random(in: 0..<interesting.count, using: &generator)]
        let index = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0 where index < bytes.count: bytes[index] = byte
        case 1 where index < bytes.count: bytes.remove(at: index)
        case 2: bytes.insert(byte, at: index)
        case 3: bytes.removeSubrange(index...)
        default:
            let end = Int.random(in: index...bytes.count, using: &generator)
            bytes.insert(contentsOf: bytes[index..<end], at: index)
        }
    }

    @Test("Every beginning of a valid response is refused at its end")
    func truncations() throws {
        for document in Self.valid {
            let bytes = Array(document.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
            for length in 0..<bytes.count {
                let error = #expect(throws: LambdaResponseError.self) {
                    try LambdaResponseDecoder().decode(ByteBuffer(bytes: bytes[..<length]))
                }
                let isCutValue = error?.reason == .invalidUTF8 || error?.reason == .statusCodeOutOfRange
                #expect(isCutValue || error == LambdaResponseError(.unexpectedEnd, at: length))
            }
        }
    }

    @Test("Random bytes never trap")
    func noise() {
        var generator = SeededGenerator()
        for _ in 0..<3000 {
            let bytes = Array(#"{"statusCode":200,"body":""#.utf8) + generator.bytes(upTo: 60)
            _ = try? LambdaResponseDecoder().decode(ByteBuffer(bytes: bytes))
            _ = try? LambdaResponseDecoder().decode(ByteBuffer(bytes: generator.bytes(upTo: 40)))
        }
    }
}
