import BenchmarkCounting
import Foundation
import NIOCore
import TrellisLambdaEvent

/// Responses of functions, as the JSON writers of Python and Node make them.
var responseCases: [BenchmarkCase] {
    [
        BenchmarkCase(name: "decode-get", operations: 200) { decoding(SampleResponse.short) },
        BenchmarkCase(name: "decode-json-1k", operations: 200) { decoding(SampleResponse.json1K) },
        large("base64", bars: [.gigabytesPerSecond(1.5)]) {
            let text = Data(Sample.binary($0 / 4 * 3)).base64EncodedString()
            return SampleResponse.document(inside: text.utf8, isBase64: true)
        },
        large("json", bars: [.gigabytesPerSecond(1.5)]) { SampleResponse.document(body: Sample.json($0)) },
        large("prose", bars: [.gigabytesPerSecond(1.5)]) { SampleResponse.document(body: Sample.prose($0)) },
        large("french") { SampleResponse.document(body: Sample.french($0)) },
        large("chinese") { SampleResponse.document(body: Sample.chinese($0)) },
        large("escaped-chinese") { SampleResponse.document(inside: Sample.escapedChinese($0)) },
        large("quotes") { SampleResponse.document(inside: Sample.only(#"\""#, $0)) },
        large("controls") { SampleResponse.document(inside: Sample.only(#"\u0001"#, $0)) },
    ]
}

/// Documents that functions return.
enum SampleResponse {
    /// What answers the GET.
    static var short: ByteBuffer {
        document(body: Array(#"{"id":42,"state":"open"}"#.utf8))
    }

    /// A body of 1 KB.
    static var json1K: ByteBuffer { document(body: Sample.json(BodySize.small)) }

    /// A document whose body is this text.
    static func document(body: [UInt8]) -> ByteBuffer {
        var string = ByteBuffer()
        body.withUnsafeBytes { _ = string.writeJSONString(utf8: $0) }
        return document(inside: string.readableBytesView.dropFirst().dropLast())
    }

    /// A document whose body is a JSON string with this between its quotes.
    static func document(inside text: some Sequence<UInt8>, isBase64: Bool = false) -> ByteBuffer {
        var document = ByteBuffer()
        document.writeString(#"{"statusCode": 200, "isBase64Encoded": \#(isBase64), "headers": {"#)
        document.writeString(#""Content-Type": "application/json", "Cache-Control": "no-store", "#)
        document.writeString(#""ETag": "W/\"5d8c72a5edda8d6a\"", "Set-Cookie": "session=Zm9vYmFy; HttpOnly"}, "#)
        document.writeString(#""body": ""#)
        document.writeBytes(text)
        document.writeString(#""}"#)
        return document
    }
}

private func large(
    _ name: String, bars: [BenchmarkCase.Bar] = [], _ document: @escaping (Int) -> ByteBuffer
) -> BenchmarkCase {
    BenchmarkCase(name: "decode-\(name)-6m", operations: 1, isTimed: true, bars: bars) {
        decoding(document(BodySize.large))
    }
}

private func decoding(_ document: ByteBuffer) -> PreparedOperation {
    let decoder = LambdaResponseDecoder()
    return PreparedOperation(bytes: document.readableBytes) { try decoder.decode(document).body.readableBytes }
}
