import FoundationEssentials
import NIOCore
import NIOHTTP1
import TrellisAPI
import TrellisDataPlane
import TrellisLambdaEvent
import TrellisModel
import TrellisSignature

/// `POST /explain` of the operator port: what would become of a request.
///
/// ```json
/// {"accessKeyId":"AKIA…","client":"127.0.0.1","headers":[["x-team","blue"]],"method":"GET",
///  "url":"http://orders.localhost:8080/public/menu"}
/// ```
///
/// The answer is a ``DecisionReport``.
struct DecisionQuestion: Codable {
    static let maximumBytes = 131_072

    var method: String
    var url: String
    /// Name and value of each line; absent for none.
    var headers: [[String]]?
    /// Absent for an anonymous caller.
    var accessKeyId: String?
    /// Of temporary credentials; absent for what the header `x-amz-security-token` has.
    var sessionToken: String?
    /// The client's address; absent for this machine.
    var client: String?

    /// Answers a question with 200, and one that cannot be understood with 400 and the reason.
    static func answer(
        _ body: ByteBuffer, _ explain: (ImaginedRequest) async throws -> RequestExplanation
    ) async throws -> APIResponse {
        let request: ImaginedRequest
        do {
            request = try JSONDecoder().decode(DecisionQuestion.self, from: Data(body.readableBytesView)).request()
        } catch let error as EventUsageError {
            return refusal(error.message)
        } catch {
            return refusal("The question is not the JSON object that docs/auth-policies.md shows.")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let report = try encoder.encode(DecisionReport(try await explain(request)))
        return .json(encoded: Array(report), status: 200)
    }

    private static func refusal(_ message: String) -> APIResponse {
        APIResponse(
            status: 400, headers: [("content-type", "text/plain")], body: ByteBuffer(string: "\(message)\n"))
    }

    private func request() throws(EventUsageError) -> ImaginedRequest {
        let url = try RequestURL(self.url, keepsDots: true)
        let address = self.client ?? "127.0.0.1"
        guard let client = IPAddress(address) else { throw EventUsageError("'\(address)' is not an IP address.") }
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: url.target)
        for line in headers ?? [] {
            guard line.count == 2 else { throw EventUsageError("A header is not a name and a value.") }
            head.headers.add(name: line[0], value: line[1])
        }
        if head.headers["host"].isEmpty { head.headers.add(name: "host", value: url.authority) }
        do {
            try Rehearsal().check(&head, bodyBytes: 0)
        } catch {
            throw EventUsageError("A connection would refuse the request: \(error.row.text)")
        }
        return ImaginedRequest(
            head: head, port: url.port ?? (url.scheme == .https ? 443 : 80), isSecure: url.scheme == .https,
            client: client, accessKeyID: accessKeyId,
            sessionToken: (sessionToken ?? head.headers.first(name: "x-amz-security-token")).map(SessionToken.init))
    }
}
