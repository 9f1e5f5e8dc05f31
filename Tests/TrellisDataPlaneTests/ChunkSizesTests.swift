import NIOCore
import Testing

@testable import TrellisDataPlane

@Suite struct ChunkSizesTests {
    @Test(
        arguments: [
            ("3\r\nabc\r\n0\r\n\r\n", true), ("7fffffffffffffff\r\n", true), ("8000000000000000\r\n", false),
            ("ffffffffffffffff", false), ("0000000000000000000000001\r\na\r\n", true),
            ("1;x=ffffffffffffffffff\r\na\r\n0\r\n", true), ("2\r\nff\r\nffffffffffffffff", false),
            // Data that looks like a size, and what is none of our business.
            ("12\r\n\r\nffffffffffffffff\r\n0\r\n\r\n", true), ("0\r\nffffffffffffffff: a\r\n\r\n", true),
            ("g\r\nffffffffffffffff", true), ("1\r\nabffffffffffffffff", true), ("1\rffffffffffffffff", true),
        ] as [(String, Bool)])
    func sizes(body: String, isAcceptable: Bool) {
        let bytes = ByteBuffer(string: body).readableBytesView
        for pieces in [1, 2, 3, bytes.count] {
            var sizes = ChunkSizes()
            var result = true
            var rest = bytes[...]
            while result, !rest.isEmpty, !sizes.isOver {
                result = sizes.areAcceptable(in: rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
            }
            #expect(result == isAcceptable, "in pieces of \(pieces)")
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nA: b\r\n\r\nrest", [24]), ("\r\n\r\n\r\n\r\n", [4, 8]), ("\r\r\n\r\n", [5]),
        ("\r\n\r\r\n\r\n", [7]), ("\n\n\r\n \r\n", []), ("", []), ("\r\n\ra\r\n\r\n", [8]),
    ])
    func blankLines(text: String, ends: [Int]) {
        let bytes = ByteBuffer(string: text).readableBytesView
        for pieces in [1, 2, 3, max(1, bytes.count)] {
            var lines = BlankLines()
            var found: [Int] = []
            var start = 0
            while start < bytes.count {
                let end = min(start + pieces, bytes.count)
                let next = lines.nextEnd(in: bytes[start..<end])
                if let next { found.append(next) }
                start = next ?? end
            }
            #expect(found == ends, "in pieces of \(pieces)")
        }
    }
}
