import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

/// The code that looks at 8 or 64 bytes together must do what looking at each byte does, wherever the borders lie.
@Suite("Strings agree with a byte-by-byte reading")
struct FastPathTests {
    /// Texts of more than a block, so that what comes next lies in a block, at its borders and in the last bytes.
    private static let lengths = Array(0...100) + [127, 128, 129, 191, 192, 193, 260]

    private func expectSameEscapes(_ text: [UInt8], _ note: @autoclosure () -> String) {
        let expected = NaiveJSON.escaped(text)
        var validated = ByteBuffer()
        let count = text.withUnsafeBytes { validated.writeJSONString(validatingUTF8: $0) }
        #expect(count == expected?.count, "\(note())")
        #expect(Array(buffer: validated) == expected ?? [], "\(note())")
        guard let expected else { return }
        var trusted = ByteBuffer()
        text.withUnsafeBytes { _ = trusted.writeJSONString(utf8: $0) }
        #expect(Array(buffer: trusted) == expected, "\(note())")
    }

    private func expectSameString(_ inside: [UInt8], _ note: @autoclosure () -> String) {
        let opening = Array(#"{"statusCode":200,"body":""#.utf8)
        let document = opening + inside + Array(#""}"#.utf8)
        let expected = NaiveJSON.string(in: document, from: opening.count)
        // Reading goes on behind a string that ends early, and fails there.
        if case .text(let text) = expected, NaiveJSON.string(in: inside, from: 0) != .error(end(of: inside)) {
            #expect(throws: LambdaResponseError.self, "\(note()) \(text)") {
                try LambdaResponseDecoder().decode(ByteBuffer(bytes: document))
            }
            return
        }
        let actual: NaiveJSON.Outcome
        do {
            actual = .text(Array(buffer: try LambdaResponseDecoder().decode(ByteBuffer(bytes: document)).body))
        } catch {
            actual = .error(error)
        }
        #expect(actual == expected, "\(note())")
    }

    private func end(of inside: [UInt8]) -> LambdaResponseError {
        LambdaResponseError(.unexpectedEnd, at: inside.count)
    }

    @Test(
        "What must be escaped, what must not and what is no text, at each place of texts of each length",
        arguments: [
            [0x22], [0x5C], [0x0A], [0x00], [0x1F], [0x20], [0x7F], [0x22, 0x22, 0x22], [0xC3, 0xA9],
            [0xE6, 0xBC, 0xA2], [0xE2, 0x80, 0xA8], [0xF0, 0x9F, 0x98, 0x80], [0x80], [0xC3], [0xE6, 0xBC],
            [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0xFF],
        ] as [[UInt8]])
    func escapesAtEachPlace(special: [UInt8]) {
        for length in Self.lengths where length >= special.count {
            let places = length <= 100 ? Array(0...(length - special.count)) : [0, length / 2, length - special.count]
            for place in places {
                var text = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                text.replaceSubrange(place..<(place + special.count), with: special)
                expectSameEscapes(text, "\(special) at \(place) of \(length)")
            }
        }
    }

    @Test(
        "Escapes and characters of every kind, and wrong ones, at each place of strings of each length",
        arguments: [
            #"\""#, #"\\"#, #"\/"#, #"\n"#, #"\t\r\b\f"#, #"\\\""#, #"\\\\\\"#, #"\\\\\\\""#, #"\u0041"#, #"\u00e9"#,
            #"\u6F22"#, #"\uFFFF"#, #"\ud83d\ude00"#, #"\uD83D"#, #"\ude00\ud83d"#, #"\ud83d\\"#, "é", "漢", "😀",
            "\u{2028}", #"\x"#, #"\u12g4"#, #"\u123"#, "\u{1}", "\n", "\"", #"\"#, #"\u00:0"#, #"\u00`0"#,
        ])
    func stringsAtEachPlace(special: String) {
        let special = Array(special.utf8)
        for length in stride(from: 0, through: 170, by: 1) where length % 3 == 0 || (56...104).contains(length) {
            for place in 0...length where place % 7 == length % 7 || (60...66).contains(place) || length - place < 3 {
                var inside = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                inside.insert(contentsOf: special, at: place)
                expectSameString(inside, "\(special) at \(place) of \(length)")
            }
        }
    }

    @Test("Each pair of a lead byte and a byte after it, across the borders of blocks")
    func sequences() {
        let seconds: [UInt8] = [
            0x00, 0x22, 0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF0, 0xFF,
        ]
        var place = 0
        for first in UInt8(0x80)...0xFF {
            for second in seconds {
                for (third, fourth) in [(0x61, 0x61), (0x80, 0x61), (0x80, 0x80), (0xBF, 0xC0)] as [(UInt8, UInt8)] {
                    place = (place + 1) % 8
                    let before = [UInt8](repeating: UInt8(ascii: "a"), count: 58 + place)
                    let text = before + [first, second, third, fourth] + [UInt8](repeating: 0x62, count: 100)
                    var buffer = ByteBuffer()
                    let count = text.withUnsafeBytes { buffer.writeJSONString(validatingUTF8: $0) }
                    let isText =
                        NaiveJSON.escaped(Array(text[(58 + place)...].prefix(5))) != nil
                    #expect((count != nil) == isText, "\(first) \(second) \(third) \(fourth) at \(58 + place)")
                }
            }
        }
    }

    @Test("Every number that four hexadecimal digits can make, in either case")
    func unicodeEscapes() {
        for isUppercase in [false, true] {
            var inside: [UInt8] = []
            for unit in 0...0xFFFF {
                let digits = String(unit, radix: 16, uppercase: isUppercase)
                inside += Array(#"\u"#.utf8) + [UInt8](repeating: 0x30, count: 4 - digits.utf8.count)
                inside += Array(digits.utf8)
            }
            expectSameString(inside, "\(isUppercase)")
        }
    }

    @Test("A byte that is no hexadecimal digit is found at each place of an escape")
    func wrongDigits() {
        for byte in UInt8.min...UInt8.max {
            for place in 2..<6 {
                var escape = Array(#"\u00aF"#.utf8)
                escape[place] = byte
                let inside = [UInt8](repeating: UInt8(ascii: "a"), count: 40) + escape
                expectSameString(inside + [UInt8](repeating: UInt8(ascii: "b"), count: 120), "\(escape)")
            }
        }
    }

    private static let fragments: [[UInt8]] = [
        #"\""#, #"\\"#, #"\"#, "\"", #"\n"#, #"\u00e9"#, #"\ud83d\ude00"#, #"\ud83d"#, "é", "漢字", "😀", "a",
        "plain text",
        "0123456789abcdefghijklmnopqrstuvwxyz", "\u{7F}", "\u{2029}",
    ].map { Array($0.utf8) }

    private static let faults: [[UInt8]] = [[0x0A], [0x00], [0x80], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xFF]]

    private func mixture(_ generator: inout SeededGenerator) -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 0...60, using: &generator) {
            let fragments = Int.random(in: 0..<60, using: &generator) == 0 ? Self.faults : Self.fragments
            text += fragments[Int.random(in: 0..<fragments.count, using: &generator)]
        }
        return text
    }

    @Test("Random mixtures")
    func mixtures() {
        var generator = SeededGenerator()
        for _ in 0..<1500 {
            let text = mixture(&generator)
            expectSameEscapes(text, "seed \(generator.seed)")
            expectSameString(text, "seed \(generator.seed)")
        }
    }

    @Test("Bodies and documents that begin anywhere in memory")
    func alignments() throws {
        var generator = SeededGenerator()
        for offset in 0..<70 {
            let text = Array(generator.text(upTo: 300).utf8)
            var body = ByteBuffer(bytes: [UInt8](repeating: 0xFF, count: offset) + text + [0xFF])
            body.moveReaderIndex(forwardBy: offset)
            body.moveWriterIndex(to: body.writerIndex - 1)
            var document = try event(.v2, headers: lines(("content-type", "text/plain")), body: body)
            document.moveWriterIndex(to: document.writerIndex - 1)
            document.writeString(#","statusCode":200}"#)
            var moved = ByteBuffer(repeating: 0xFF, count: offset)
            moved.writeBuffer(&document)
            moved.moveReaderIndex(forwardBy: offset)
            let response = try LambdaResponseDecoder().decode(moved)
            #expect(Array(buffer: response.body) == text, "seed \(generator.seed)")
        }
    }

    @Test("Each byte in a header's name and at each place of its value")
    func headers() {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8(0x20)...0x7F where byte != 0x22 && byte != 0x5C {
            let character = String(UnicodeScalar(byte))
            let named = try? decode(#"{"statusCode":200,"headers":{"x\#(character)":"v"}}"#)
            #expect((named != nil) == token.contains(byte), "\(byte)")
            for place in 0..<20 {
                let value = String(repeating: "v", count: place) + character + "tail"
                let response = try? decode(#"{"statusCode":200,"headers":{"x":"\#(value)"}}"#)
                #expect((response?.headers.first?.value == value) == (byte != 0x7F), "\(byte) at \(place)")
            }
        }
    }
}
