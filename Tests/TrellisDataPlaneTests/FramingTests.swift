import NIOCore
import Testing

@testable import TrellisDataPlane

/// Requests that end in the middle, and the exact size of a head.
///
/// What may stand in a request is in `Tests/Corpus/http1`.
@Suite(.timeLimit(.minutes(5))) struct FramingTests {
    @Test(arguments: [
        "G", "GET / HTTP/1.1\r\nHost: sh", "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 5\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
    ])
    func halfARequest(bytes: String) async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            try await client.send(bytes)
            try await client.finishSending()
            let response = try await client.response()
            #expect(response.status == 400)
            #expect(response.body == "request is incomplete")
            #expect(await client.rest() == "")
            let entry = try await running.log.next()
            #expect(entry.failureReason == .clientConnectionClosed)
            await client.close()
            #expect(try await running.get().status == 200)
        }
    }

    @Test func anEmptyConnectionIsClosedWithoutAnAnswer() async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            try await client.finishSending()
            #expect(await client.rest() == "")
            await client.close()
            #expect(running.log.entries.isEmpty)
        }
    }

    @Test func aHeaderBlockOfExactly60KB() async throws {
        try await withDataPlane { running in
            let frame = "GET / HTTP/1.1\r\nHost: shop.localhost\r\nX: \r\n\r\n".utf8.count
            for (excess, status) in [(0, 200), (1, 400)] {
                let value = String(repeating: "a", count: 61_440 - frame + excess)
                let response = try await running.exchange(
                    "GET / HTTP/1.1\r\nHost: shop.localhost\r\nX: \(value)\r\n\r\n")
                #expect(response.status == status)
            }
        }
    }
}
