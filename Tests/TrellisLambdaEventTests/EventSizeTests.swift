import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

@Suite("Size of an event")
struct EventSizeTests {
    private func size(
        _ version: EventStructureVersion, limit: Int, contentType: String, body: ByteBuffer, target: String = "/"
    ) -> Result<Int, LambdaEventError> {
        let encoder = LambdaEventEncoder(version: version, maximumEventBytes: limit)
        let request = LambdaEventRequest(
            method: "POST", target: target, headers: lines(("content-type", contentType)), body: body)
        return Result { () throws(LambdaEventError) in
            try encoder.encode(request, context: Fixture.context()).readableBytes
        }
    }

    @Test(
        "An event of exactly the limit passes, one byte less does not",
        arguments: EventStructureVersion.allCases, ["text/plain", "image/png"])
    func exactLimit(version: EventStructureVersion, contentType: String) throws {
        for text in ["", "hello", String(repeating: "\u{1}", count: 3000), String(repeating: "a", count: 5000)] {
            let body = ByteBuffer(string: text)
            let exact = try size(version, limit: 1 << 20, contentType: contentType, body: body, target: "/?\"=\"").get()
            for limit in [exact, exact + 1] {
                #expect(
                    size(version, limit: limit, contentType: contentType, body: body, target: "/?\"=\"")
                        == .success(exact))
            }
            for limit in [exact - 1, exact / 2, 1, 0] {
                #expect(
                    size(version, limit: limit, contentType: contentType, body: body, target: "/?\"=\"")
                        == .failure(.tooLarge(limit: limit)))
            }
        }
    }

    @Test(
        "A body that is not UTF-8 is base64 even where its text would be too long",
        arguments: EventStructureVersion.allCases)
    func longTextThatIsNone(version: EventStructureVersion) throws {
        // 200 control characters are 1200 bytes of escapes, but 272 of base64.
        let body = ByteBuffer(bytes: Array(repeating: UInt8(0), count: 200) + [0xFF])
        let exact = try size(version, limit: 1 << 20, contentType: "text/plain", body: body).get()
        #expect(size(version, limit: exact, contentType: "text/plain", body: body) == .success(exact))
        #expect(
            size(version, limit: exact - 1, contentType: "text/plain", body: body)
                == .failure(.tooLarge(limit: exact - 1)))
    }

    @Test("The default limit is Lambda's")
    func defaultLimit() {
        let encoder = LambdaEventEncoder(version: .v2)
        #expect(encoder.maximumEventBytes == 6_291_456)
        let request = LambdaEventRequest(
            method: "POST", target: "/", headers: HeaderList(),
            body: ByteBuffer(repeating: 0, count: LambdaPayloadLimits.requestBodyBytes))
        #expect(throws: LambdaEventError.tooLarge(limit: 6_291_456)) {
            try encoder.encode(request, context: Fixture.context())
        }
    }

    @Test("Escapes count: six bytes for each control character")
    func escapesCount() {
        let body = ByteBuffer(repeating: 1, count: 2_000_000)
        #expect(
            size(.v1, limit: LambdaPayloadLimits.eventBytes, contentType: "text/plain", body: body)
                == .failure(.tooLarge(limit: LambdaPayloadLimits.eventBytes)))
    }

    @Test("A limit outside its range is brought into it", arguments: [(-1, 0), (Int.max, 1 << 30), (Int.min, 0)])
    func limitRange(given: Int, used: Int) {
        #expect(LambdaEventEncoder(version: .v1, maximumEventBytes: given).maximumEventBytes == used)
    }
}
