import BenchmarkCounting
import Foundation
import NIOCore
import TrellisLambdaEvent

/// The same document as Foundation sees it.
private struct FoundationResponse: Decodable {
    var statusCode: Int
    var isBase64Encoded: Bool
    var headers: [String: String]
    var body: String
}

/// How many times longer Foundation's decoder takes for a response of 1 KB, in turns with ours.
func compareWithFoundation() throws -> Ratios {
    let operations = 500
    let document = SampleResponse.json1K
    let data = Data(document.readableBytesView)
    let ours = try Work(
        BenchmarkCase(name: "", operations: operations) {
            let decoder = LambdaResponseDecoder()
            return PreparedOperation(bytes: data.count) { try decoder.decode(document).body.readableBytes }
        })
    let theirs = try Work(
        BenchmarkCase(name: "", operations: operations) {
            let decoder = JSONDecoder()
            return PreparedOperation(bytes: data.count) {
                try decoder.decode(FoundationResponse.self, from: data).body.utf8.count
            }
        })
    return Ratios(
        try (0..<timedRounds).map { _ in
            let own = try nanoseconds { try ours.run(operations) }
            return try nanoseconds { try theirs.run(operations) } / own
        })
}
