import NIOCore
import Testing
import TrellisModel

@testable import TrellisLogs

@Suite("Lines and names in files")
struct LogLineTests {
    @Test(
        "any bytes come back as they were",
        arguments: [
            Array("plain".utf8), Array("two\nlines\\n and \\".utf8), [0, 1, 0xFF, 0xFE, 0x0A, 0x5C, 0x0D],
            Array("\n".utf8), Array("\\\\n".utf8),
        ])
    func roundTrip(message: [UInt8]) throws {
        var bytes: [UInt8] = []
        LogLine.append(message, at: 17, ingestedAt: 18, to: &bytes)
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(bytes.dropLast().contains(UInt8(ascii: "\n")) == false)
        let line = try #require(LogLine(bytes.dropLast()))
        #expect(line.timestamp == 17)
        #expect(line.ingestionTime == 18)
        #expect(line.message == message)
    }

    @Test(
        "what is no line is not taken for one",
        arguments: ["", " ", "1", "1 ", "1 2", "x 2 m", "1 x m", "-1 2 m", "1234567890123456789 2 m", "1  2 m", "\0"])
    func notLines(text: String) {
        #expect(LogLine(Array(text.utf8)[...]) == nil)
    }

    @Test(
        "long messages are cut into several, not inside a character",
        arguments: [(262_118, "a", 1), (262_119, "a", 2), (600_000, "a", 3), (131_060, "é", 2), (100_000, "😀", 2)])
    func longMessages(count: Int, character: String, pieces: Int) throws {
        let message = String(repeating: character, count: count)
        var lines = EncodedLines(ingestionTime: Timestamp(millisecondsSinceEpoch: 5))
        lines.append(Array(message.utf8), at: Timestamp(millisecondsSinceEpoch: 5))
        #expect(lines.count == pieces)
        let texts = try lines.bytes.split(separator: UInt8(ascii: "\n")).map { try #require(LogLine($0)).message }
        #expect(texts.allSatisfy { $0.count <= LogLine.longestMessage && String(validating: $0, as: UTF8.self) != nil })
        #expect(Array(texts.joined()) == Array(message.utf8))
    }

    @Test("of lines, empty ones are no events")
    func chunks() {
        var lines = EncodedLines(ingestionTime: Timestamp(millisecondsSinceEpoch: 5))
        lines.append(
            LogChunk(.lines, ByteBuffer(string: "\na\n\nb"), at: Timestamp(millisecondsSinceEpoch: -3)))
        #expect(String(decoding: lines.bytes, as: UTF8.self) == "0 5 a\n0 5 b\n")
        #expect(lines.count == 2)
    }

    @Test(
        "the index of a closed file is its name",
        arguments: ["0-1-2-3-4-s.log", "12-345-1700000000000-1700000000001-1700000000002-u.log"])
    func closedNames(name: String) throws {
        let segment = try #require(LogSegment(closedFile: name, bytes: 9))
        #expect(segment.fileName == name)
        #expect(segment.isClosed)
    }

    @Test(
        "other names are not files of a stream",
        arguments: [
            "0.log", "a.log", "0-0-2-3-4-s.log", "0-1-3-2-4-s.log", "0-1-2-3-4-x.log", "0-1-2-3-4-s.txt",
            "-0-1-2-3-s.log", "99999999999999999999-1-2-3-4-s.log", "", ".log", "settings.json", "0-1-2-3--4-s.log",
        ])
    func otherNames(name: String) {
        #expect(LogSegment(closedFile: name, bytes: 9) == nil)
    }

    @Test(
        "a file that was being written is counted, and cut after its last newline",
        arguments: [
            ("", 0, 0), ("1 2 a\n", 1, 6), ("1 2 a\n3 4 b", 1, 6), ("1 2 a\n3", 1, 6), ("no line\n1 2 a\n", 2, 14),
            ("torn", 0, 0),
        ])
    func scanning(text: String, count: Int, bytes: Int) {
        let segment = LogSegment(firstSequence: 7, scanning: Array(text.utf8))
        #expect(segment.count == count)
        #expect(segment.bytes == bytes)
        #expect(segment.nextSequence == 7 + count)
    }

    @Test("file names are safe and differ")
    func fileNames() {
        let names = [
            "/aws/lambda/f", "..", ".", "a b", "a%2Fb", "a/b", "2025/11/05/[$LATEST]0123", "\0", "ü",
            String(repeating: "x", count: 512), String(repeating: "y", count: 512), String(repeating: "/", count: 200),
        ]
        let encoded = names.map(LogFileName.encode)
        #expect(Set(encoded).count == names.count)
        for name in encoded {
            #expect((1...255).contains(name.utf8.count))
            #expect(!name.hasPrefix(".") && !name.contains("/") && !name.contains("\0"))
        }
    }
}
