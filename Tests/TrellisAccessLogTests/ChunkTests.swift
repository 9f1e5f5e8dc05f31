import NIOCore
import Testing
import TrellisAccessLog
import TrellisModel

@Suite struct AccessLogChunkTests {
    @Test func linesKeepTheirLengthsAndTimes() {
        var chunk = AccessLogChunk()
        #expect(chunk.isEmpty)
        chunk.append(ByteBuffer(string: "{}"), at: Timestamp(millisecondsSinceEpoch: 1))
        chunk.append(ByteBuffer(string: #"{"a":1}"#), at: Timestamp(millisecondsSinceEpoch: 2))
        #expect(String(buffer: chunk.bytes) == "{}\n{\"a\":1}\n")
        #expect(chunk.lines.map(\.length) == [3, 8])
        #expect(chunk.lines.map(\.time.millisecondsSinceEpoch) == [1, 2])
    }
}
