import Testing
import TrellisLambdaEvent

@Suite("Response framing")
struct ResponseFramingTests {
    @Test(
        "HEAD keeps the length, 204 and 304 have none",
        arguments: [
            ("GET", 200, true, 5), ("POST", 404, true, 5), ("HEAD", 200, false, 5), ("HEAD", 500, false, 5),
            ("GET", 204, false, nil), ("GET", 304, false, nil), ("HEAD", 204, false, nil), ("HEAD", 304, false, nil),
            ("head", 200, true, 5), ("GET", 205, true, 5), ("GET", 599, true, 5),
        ] as [(String, Int, Bool, Int?)])
    func framing(method: String, statusCode: Int, sendsBody: Bool, contentLength: Int?) {
        let framing = ResponseFraming(method: method, statusCode: statusCode, bodyLength: 5)
        #expect(framing.sendsBody == sendsBody)
        #expect(framing.contentLength == contentLength)
    }
}
