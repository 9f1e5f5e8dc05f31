import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TrellisModel
import TrellisSignature

/// Calls the AWS APIs of a running server over HTTP, signed as any SDK signs.
struct SignedClient: Sendable {
    /// What an API answered, whether it did what was asked or not.
    struct Answer: Sendable {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: Data

        var isSuccess: Bool { (200...299).contains(status) }

        /// Empty if the body is no JSON object.
        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }

        /// The API's own words for a refusal.
        var message: String {
            (json["message"] ?? json["Message"]) as? String ?? String(decoding: body, as: UTF8.self)
        }
    }

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
        let answer = try await send(service, method, path, payload)
        guard answer.isSuccess else {
            throw CommandFailure(
                .internalError,
                "\(service) refused \(method.rawValue) \(path): \(answer.status) "
                    + String(decoding: answer.body, as: UTF8.self))
        }
        return answer.json
    }

    /// - Throws: If the server cannot be reached or does not answer within `timeout`.
    func send(
        _ service: String, _ method: HTTPMethod, _ path: String, _ payload: Data,
        contentType: String = "application/json", headers: [(name: String, value: String)] = [],
        timeout: TimeAmount = .seconds(60)
    ) async throws -> Answer {
        let host = String(endpoint.dropFirst("http://".count))
        var keys = SigningKeyCache(capacity: 0)
        let signer = RequestSigner(
            credentials: ClientCredentials(
                accessKeyID: credentials.accessKeyID, secretAccessKey: SecretAccessKey(credentials.secretAccessKey)),
            region: region, service: service)
        let signed = try signer.sign(
            SignableRequest(
                method: method.rawValue, target: path,
                headers: [("host", host), ("content-type", contentType)] + headers),
            payload: .signed(PayloadHash(of: payload), isSent: false),
            at: SigningTime(secondsSinceEpoch: clock.now().millisecondsSinceEpoch / 1000), keys: &keys)

        var request = HTTPClientRequest(url: endpoint + path)
        request.method = method
        for (name, value) in signed.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: payload))
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        let body = try await response.body.collect(upTo: 8 * 1024 * 1024)
        return Answer(
            status: Int(response.status.code),
            headers: Dictionary(
                response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
            body: Data(body.readableBytesView))
    }
}
