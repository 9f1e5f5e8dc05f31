import NIOCore
import Testing
import TrellisLambdaEvent

@Suite("JSON strings")
struct JSONStringWriterTests {
    @Test(
        "Exact escapes",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("\"", #""\"""#), ("\\", #""\\""#), ("/", #""/""#),
            ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#), ("\u{0}\u{B}\u{1F}", #""\u0000\u000b\u001f""#),
            ("\u{7F}", "\"\u{7F}\""), ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""), ("é漢😀", "\"é漢😀\""),
            ("\u{FEFF}\n\u{FEFF}", "\"\u{FEFF}\\n\u{FEFF}\""),
            ("12345678\"", #""12345678\"""#), ("1234567\"8", #""1234567\"8""#),
            ("a\u{10}bcdefghij", #""a\u0010bcdefghij""#),
        ])
    func escapes(text: String, expected: String) {
        var buffer = ByteBuffer(string: "before ")
        #expect(buffer.writeJSONString(text) == expected.utf8.count)
        #expect(String(buffer: buffer) == "before " + expected)
    }

    @Test("Every control character, at every place of a word")
    func controls() throws {
        for control in UInt8(0)..<0x20 {
            for place in 0..<17 {
                let text = String(repeating: "x", count: place) + String(UnicodeScalar(control)) + "tail é"
                var buffer = ByteBuffer()
                buffer.writeJSONString(text)
                #expect(try JSONValue(buffer) == .string(text))
                #expect(buffer.readableBytesView.allSatisfy { $0 >= 0x20 })
            }
        }
    }

    @Test("Bytes known to be UTF-8")
    func knownBytes() {
        var buffer = ByteBuffer()
        let count = Array("a\"é".utf8).withUnsafeBytes { buffer.writeJSONString(utf8: $0) }
        #expect(count == 7)
        #expect(String(buffer: buffer) == "\"a\\\"é\"")
    }

    @Test("Bytes that may be UTF-8")
    func validatedBytes() {
        var buffer = ByteBuffer(string: "kept")
        let good = Array("a\"é".utf8).withUnsafeBytes { buffer.writeJSONString(validatingUTF8: $0) }
        #expect(good == 7)
        let bad = ([0x61, 0x22, 0xC3, 0x61] as [UInt8]).withUnsafeBytes { buffer.writeJSONString(validatingUTF8: $0) }
        #expect(bad == nil)
        #expect(String(buffer: buffer) == "kept\"a\\\"é\"")
    }

    @Test("Random text survives Foundation's parser")
    func randomText() throws {
        var generator = SeededGenerator()
        for _ in 0..<500 {
            let text = generator.text(upTo: 80)
            var buffer = ByteBuffer()
            buffer.writeJSONString(text)
            #expect(try JSONValue(buffer) == .string(text), "seed \(generator.seed)")
        }
    }
}
