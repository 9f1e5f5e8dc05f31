import NIOCore
package import TrellisAPI
package import TrellisModel
import TrellisSignature

/// The operations of the AWS APIs, called in process as the root user of the account.
package struct Operations: Sendable {
    package enum API: String, Sendable {
        case lattice = "vpc-lattice"
        case lambda
        case logs
    }

    private let apis: [String: any AWSAPI]
    /// The root user of the account, in the console's Region.
    package let caller: Caller
    private let random: any RandomSource
    private let settle: @Sendable () async -> Void

    /// - Parameter settle: Waited for after every change, so that the next page, traffic and invocations see it.
    package init(
        apis: [any AWSAPI], caller: Caller, random: any RandomSource, settle: @escaping @Sendable () async -> Void
    ) {
        self.apis = Dictionary(apis.map { ($0.signingName, $0) }, uniquingKeysWith: { first, _ in first })
        self.caller = caller
        self.random = random
        self.settle = settle
    }

    /// Carries out an operation.
    ///
    /// - Parameters:
    ///   - path: Segments of the path; each is escaped as a whole.
    ///   - input: The body; absent for operations without one.
    /// - Returns: The answer; `null` if it has no body.
    @discardableResult
    package func call(
        _ api: API, _ method: String, _ path: [String], query: KeyValuePairs<String, String?> = [:],
        _ input: JSONValue? = nil
    ) async throws(OperationFailure) -> JSONValue {
        let response = await respond(
            api, method, path, items: query.map { ($0.key, $0.value) }, body: input?.encoded() ?? [])
        guard (200..<300).contains(response.status) else { throw OperationFailure(response) }
        return (try? JSONValue(parsing: response.body.readableBytesView)) ?? .null
    }

    /// The same with query items that are known at run time only.
    package func call(
        _ api: API, _ method: String, _ path: [String], items: [(String, String?)]
    ) async throws(OperationFailure) -> JSONValue {
        let response = await respond(api, method, path, items: items)
        guard (200..<300).contains(response.status) else { throw OperationFailure(response) }
        return (try? JSONValue(parsing: response.body.readableBytesView)) ?? .null
    }

    /// The same for an operation of the JSON 1.1 protocol.
    ///
    /// - Parameter target: `Logs_20140328.FilterLogEvents`.
    package func call(_ api: API, target: String, _ input: JSONValue) async throws(OperationFailure) -> JSONValue {
        let response = await respond(
            api, "POST", [], headers: [("x-amz-target", target)], body: input.encoded())
        guard (200..<300).contains(response.status) else { throw OperationFailure(response) }
        return (try? JSONValue(parsing: response.body.readableBytesView)) ?? .null
    }

    /// What an operation answers, also when it is an error.
    package func respond(
        _ api: API, _ method: String, _ path: [String], items: [(String, String?)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async -> APIResponse {
        guard let api = apis[api.rawValue] else { return APIResponse(status: 404) }
        let query = items.compactMap { name, value in
            value.map { "\(PercentEncoding.encoded(name))=\(PercentEncoding.encoded($0))" }
        }
        let response = await api.respond(
            to: AuthenticatedRequest(
                method: method, path: "/" + path.map(PercentEncoding.encoded).joined(separator: "/"),
                query: query.joined(separator: "&"), headers: APIHeaders(headers), body: ByteBuffer(bytes: body),
                caller: caller, requestID: random.uuid()))
        if method != "GET" { await settle() }
        return response
    }
}

extension JSONValue {
    package var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }

    package var integer: Int? { if case .integer(let number) = self { Int(exactly: number) } else { nil } }
}
