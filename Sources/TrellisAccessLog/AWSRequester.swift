package import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
package import TrellisModel
package import TrellisSignature

/// Where the credentials for an endpoint come from, asked before every request.
package typealias CredentialsSource = @Sendable () async throws -> ClientCredentials

/// Sends signed requests to one AWS service.
package struct AWSRequester: Sendable {
    struct Answer {
        var status: Int
        var body: ByteBuffer

        var isSuccess: Bool { (200...299).contains(status) }
    }

    private let endpoint: AWSEndpoint
    private let service: String
    private let region: String
    private let credentials: CredentialsSource
    private let client: HTTPClient
    private let clock: any WallClock

    /// - Parameters:
    ///   - service: The signing name.
    ///   - region: Signed for, unless the endpoint says otherwise.
    package init(
        endpoint: AWSEndpoint, service: String, region: String, credentials: @escaping CredentialsSource,
        client: HTTPClient, clock: any WallClock
    ) {
        self.endpoint = endpoint
        self.service = service
        self.region = endpoint.region ?? region
        self.credentials = credentials
        self.client = client
        self.clock = clock
    }

    /// - Parameter path: As it goes on the wire.
    /// - Throws: ``AccessLogWriteError/unavailable(_:)`` if there is no answer.
    func send(
        _ method: HTTPMethod, path: String, headers: [(name: String, value: String)], body: ByteBuffer
    ) async throws(AccessLogWriteError) -> Answer {
        do {
            var request = HTTPClientRequest(url: "\(endpoint.scheme)://\(endpoint.host)\(path)")
            request.method = method
            for (name, value) in try await signed(method, path: path, headers: headers, body: body) {
                request.headers.replaceOrAdd(name: name, value: value)
            }
            request.body = .bytes(body)
            let response = try await client.execute(request, timeout: Self.timeout)
            let answer = try await response.body.collect(upTo: Self.answerBytes)
            return Answer(status: Int(response.status.code), body: answer)
        } catch {
            throw .unavailable("\(service) at \(endpoint.host): \(error)")
        }
    }

    private func signed(
        _ method: HTTPMethod, path: String, headers: [(name: String, value: String)], body: ByteBuffer
    ) async throws -> [(name: String, value: String)] {
        let signer = RequestSigner(
            credentials: try await credentials(), region: region, service: service,
            // S3 takes the path as it is on the wire.
            canonicalization: service == "s3" ? Canonicalization(path: .asReceived, query: .recodedSorted) : .standard)
        // A key is derived for each request, of which there are few.
        var keys = SigningKeyCache(capacity: 0)
        return try signer.sign(
            SignableRequest(method: method.rawValue, target: path, headers: [("host", endpoint.host)] + headers),
            payload: .signed(PayloadHash(of: body.readableBytesView), isSent: service == "s3"),
            at: SigningTime(secondsSinceEpoch: clock.now().millisecondsSinceEpoch / 1000), keys: &keys
        ).headers
    }

    private static let timeout = TimeAmount.seconds(30)
    /// More than an error message needs.
    private static let answerBytes = 1_048_576
}

extension AWSRequester {
    /// Calls an operation of a service that speaks AWS JSON 1.1.
    ///
    /// - Parameter target: For example `Logs_20140328.PutLogEvents`.
    func call(_ target: String, _ body: ByteBuffer) async throws(AccessLogWriteError) -> Answer {
        try await send(
            .POST, path: "/",
            headers: [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)], body: body)
    }

    /// What an answer that is not a success means.
    ///
    /// Most failures can be mended where they come from: a bucket that is missing, a permission, an overload.
    func failure(_ answer: Answer) -> AccessLogWriteError {
        let text = String(buffer: answer.body).prefix(300).split(whereSeparator: \.isNewline).joined(separator: " ")
        let reason = "\(service) at \(endpoint.host) answered \(answer.status): \(text)"
        return answer.status == 413 ? .refused(reason) : .unavailable(reason)
    }
}

extension AWSRequester.Answer {
    /// The name of an error of AWS JSON 1.1, for example `ResourceNotFoundException`.
    var errorName: String? {
        struct Failure: Decodable {
            var type: String

            enum CodingKeys: String, CodingKey {
                case type = "__type"
            }
        }
        // An answer of another form has no name.
        guard let failure = try? JSONDecoder().decode(Failure.self, from: Data(body.readableBytesView)) else {
            return nil
        }
        return failure.type.split(separator: "#").last.map(String.init)
    }
}
