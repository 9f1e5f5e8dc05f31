import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TrellisModel
import TrellisSignature

/// Calls the AWS APIs of a running server over HTTP, signed as any SDK signs.
struct SignedClient: Sendable {
    var endpoint: String
    var credentials: RootCredentials
    var region: String
    var clock: any WallClock

    /// - Returns: The answer's JSON object; empty if it has no body.
    /// - Throws: ``CommandFailure`` with the API's own error.
    func call(
        _ service: String, _ method: HTTPMethod, _ path: String, _ body: [String: Any]
    ) async throws -> [String: Any] {
        let payload = try JSONSerialization.data(withJSONObject: body)
        let host = String(endpoint.dropFirst("http://".count))
        var keys = SigningKeyCache(capacity: 0)
        let signer = RequestSigner(
            credentials: ClientCredentials(
                accessKeyID: credentials.accessKeyID, secretAccessKey: SecretAccessKey(credentials.secretAccessKey)),
            region: region, service: service)
        let signed = try signer.sign(
            SignableRequest(
                method: method.rawValue, target: path,
                headers: [("host", host), ("content-type", "application/json")]),
            payload: .signed(PayloadHash(of: payload), isSent: false),
            at: SigningTime(secondsSinceEpoch: clock.now().millisecondsSinceEpoch / 1000), keys: &keys)

        var request = HTTPClientRequest(url: endpoint + path)
        request.method = method
        for (name, value) in signed.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: payload))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let answer = try await response.body.collect(upTo: 8 * 1024 * 1024)
        guard (200...299).contains(response.status.code) else {
            throw CommandFailure(
                .internalError,
                "\(service) refused \(method.rawValue) \(path): \(response.status.code) \(String(buffer: answer))")
        }
        guard answer.readableBytes > 0 else { return [:] }
        return try JSONSerialization.jsonObject(with: Data(answer.readableBytesView)) as? [String: Any] ?? [:]
    }
}
