import NIOCore
import Synchronization
import Testing
import TrellisLambdaEvent
import TrellisModel

@testable import TrellisDataPlane

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (Int64(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_164_800_999, "Thu, 29 Feb 2024 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (1_700_000_000_123, "Tue, 14 Nov 2023 22:13:20 GMT"),
    ])
    func dates(milliseconds: Int64, text: String) {
        var date = HTTPDate()
        #expect(date.text(at: Timestamp(millisecondsSinceEpoch: milliseconds)) == text)
    }

    @Test func aNewSecondIsANewDate() {
        var date = HTTPDate()
        #expect(date.text(at: Timestamp(millisecondsSinceEpoch: 999)).contains("00:00:00"))
        #expect(date.text(at: Timestamp(millisecondsSinceEpoch: 1000)).contains("00:00:01"))
        #expect(date.text(at: Timestamp(millisecondsSinceEpoch: 500)).contains("00:00:00"))
    }
}

@Suite struct LoopRandomTests {
    @Test func uuidsAreWellFormedAndDiffer() {
        var random = LoopRandom(seededBy: SeededRandom())
        let uuids = (0..<1000).map { _ in random.uuid() }
        #expect(uuids.allSatisfy(isUUID))
        #expect(Set(uuids).count == 1000)
        #expect(uuids.allSatisfy { "89ab".contains($0[$0.index($0.startIndex, offsetBy: 19)]) })
    }

    @Test func theSeedDecides() {
        var first = LoopRandom(seededBy: SeededRandom(7))
        var second = LoopRandom(seededBy: SeededRandom(7))
        var third = LoopRandom(seededBy: SeededRandom(8))
        let draws = (0..<10).map { _ in first.next() }
        #expect(draws == (0..<10).map { _ in second.next() })
        #expect(draws != (0..<10).map { _ in third.next() })
    }

    @Test func aSourceOfZerosDoesNotStopIt() {
        struct Zeros: RandomSource {
            func next() -> UInt64 { 0 }
        }
        var random = LoopRandom(seededBy: Zeros())
        #expect(Set((0..<10).map { _ in random.next() }).count > 5)
    }

    /// The published first outputs of xoshiro256++ for the state 1, 2, 3, 4.
    @Test func itIsXoshiro() {
        final class Counting: RandomSource {
            private let count = Mutex<UInt64>(0)

            func next() -> UInt64 {
                count.withLock { count in
                    count += 1
                    return count
                }
            }
        }
        var random = LoopRandom(seededBy: Counting())
        let expected: [UInt64] = [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]
        #expect((0..<4).map { _ in random.next() } == expected)
    }
}

@Suite struct ResponseEncodingTests {
    private func encode(
        _ answer: Answer, method: String = "GET", connection: StaticString? = nil, showsDetail: Bool = false
    ) -> String {
        var buffer = ByteBuffer()
        buffer.writeResponse(
            answer,
            in: ResponseFrame(
                requestID: "id", date: "now", connection: connection,
                framing: ResponseFraming(
                    method: method, statusCode: answer.status, bodyLength: answer.body.readableBytes),
                showsDetail: showsDetail))
        return String(buffer: buffer)
    }

    @Test func aResponseInOnePiece() {
        let answer = Answer(
            status: 200, headers: [("A", "1"), ("a", "2"), ("B", "")], body: ByteBuffer(string: "body"), detail: "why")
        #expect(
            encode(answer)
                == "HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nB: \r\nx-amzn-requestid: id\r\ndate: now\r\ncontent-length: 4\r\n\r\nbody"
        )
        #expect(
            encode(answer, method: "HEAD", connection: "close", showsDetail: true)
                == "HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nB: \r\nx-trellis-reason: why\r\nx-amzn-requestid: id\r\ndate: now\r\n"
                + "content-length: 4\r\nconnection: close\r\n\r\n")
    }

    @Test func aFunctionMaySetTheDateButNotTheRequestID() {
        let answer = Answer(status: 204, headers: [("Date", "then"), ("X-Amzn-RequestId", "forged")])
        #expect(encode(answer) == "HTTP/1.1 204 No Content\r\nDate: then\r\nx-amzn-requestid: id\r\n\r\n")
    }

    @Test func aStatusWithoutAName() {
        #expect(encode(Answer(status: 599)).hasPrefix("HTTP/1.1 599 "))
    }

    @Test func aDetailCannotBreakOutOfItsHeader() {
        let text = encode(Answer(status: 500, detail: "a\r\nb: c\0\u{7F}é"), showsDetail: true)
        #expect(text.contains("\r\nx-trellis-reason: a??b: c??é\r\n"))
    }
}

@Suite struct ConnectionDeadlinesTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func deadlines() -> ConnectionDeadlines {
        var deadlines = ConnectionDeadlines(
            DataPlaneTimes(), slowestBodyBytesPerSecond: 240, now: start)
        deadlines.idle = .seconds(90)
        return deadlines
    }

    @Test func aLastAnswerMayBeReadForTheRestOfTheLife() {
        var deadlines = deadlines()
        deadlines.finishing(start + .seconds(10))
        #expect(deadlines.wait == start + .minutes(10))
        deadlines.lifeIsOver()
        deadlines.finishing(start + .minutes(11))
        #expect(deadlines.wait == start + .minutes(11) + .seconds(90))
        deadlines.lingering(start + .minutes(12))
        #expect(deadlines.wait == start + .minutes(12) + .seconds(5))
        deadlines.update(.clientToClose, hasPartialHead: false, now: start + .minutes(13))
        #expect(deadlines.wait == start + .minutes(12) + .seconds(5))
    }

    @Test func onlyEventsOfTheClientProlongWaiting() {
        var deadlines = deadlines()
        deadlines.update(.request, hasPartialHead: false, now: start)
        #expect(deadlines.wait == start + .seconds(90))
        deadlines.update(.request, hasPartialHead: true, now: start)
        deadlines.update(.request, hasPartialHead: true, now: start + .seconds(20))
        #expect(deadlines.wait == start + .seconds(30))
        deadlines.headArrived()
        deadlines.update(.body, hasPartialHead: false, now: start + .seconds(25))
        #expect(deadlines.wait == start + .seconds(115))
        // A body that is collected pays for its time.
        deadlines.headArrived()
        deadlines.update(.body, hasPartialHead: false, collectedBytes: 0, now: start + .seconds(25))
        deadlines.update(.body, hasPartialHead: false, collectedBytes: 2400, now: start + .seconds(100))
        #expect(deadlines.wait == start + .seconds(125))
        deadlines.update(.body, hasPartialHead: false, collectedBytes: 2_400_000, now: start + .seconds(110))
        #expect(deadlines.wait == start + .seconds(200))
        deadlines.functionCalled(start + .seconds(26))
        deadlines.update(.function, hasPartialHead: false, now: start + .seconds(40))
        #expect(deadlines.wait == start + .seconds(116))
        deadlines.update(.client, hasPartialHead: false, now: start + .seconds(50))
        #expect(deadlines.wait == .distantFuture)
    }
}
