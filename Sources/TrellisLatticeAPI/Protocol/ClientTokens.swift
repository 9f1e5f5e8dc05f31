import TrellisAPI
import TrellisModel
import TrellisStore

/// The input of an operation that can be repeated safely with a `clientToken`.
protocol ClientTokenInput: Encodable {
    var clientToken: String? { get }
}

/// The answer that was given to the first request with a token.
///
/// - Source: API pages of the create operations; lifetime and scope are chosen: 24 hours, for each account, Region and
///   operation.
struct ClientTokenRecord: StoredRecord, Equatable {
    /// How long a token is remembered.
    static let lifetime = Duration.seconds(24 * 60 * 60)

    /// The input that was read, as JSON with defaults filled in.
    var input: String
    var status: Int
    /// The body of the answer.
    var answer: String
    var resourceID: String
    var createdAt: Timestamp

    func isExpired(at now: Timestamp) -> Bool { createdAt.advanced(by: Self.lifetime) <= now }
}

extension LatticeContext {
    /// Creates a resource, or repeats the answer to an earlier request with the same token and input.
    ///
    /// The token is written in the transaction that creates the resource, so that neither is there without the other.
    ///
    /// - Parameter body: Makes the resource and returns the answer, which has the `id`.
    /// - Throws: ConflictException if the token came with other input.
    func create<Kind: ResourceKind>(
        _ kind: Kind.Type, for call: APICall, _ input: some ClientTokenInput, status: Int,
        at place: WritePlace = .everything, _ body: (StoreSession) async throws -> JSONValue
    ) async throws -> APIResponse {
        guard let token = input.clientToken else {
            return .json(try await write(at: place, body), status: status)
        }
        let key = IndexKeys(call.scope).clientToken(token, of: call.operation)
        let text = try canonicalText(of: input)
        return try await write(at: place) { session in
            let now = clock.now()
            if let earlier = try await session.getUnlikely(ClientTokenRecord.self, at: key), !earlier.isExpired(at: now)
            {
                try requireSame(input: text, as: earlier, resourceType: Kind.resourceType)
                return .json(encoded: Array(earlier.answer.utf8), status: earlier.status)
            }
            let answer = try await body(session)
            let encoded = answer.encoded()
            let record = ClientTokenRecord(
                input: text, status: status, answer: String(decoding: encoded, as: UTF8.self),
                resourceID: answer.id ?? "", createdAt: now)
            try session.put(record, at: key)
            return .json(encoded: encoded, status: status)
        }
    }

    private func requireSame(input: String, as earlier: ClientTokenRecord, resourceType: String) throws {
        guard earlier.input == input else {
            throw LatticeError.conflict(
                message: "The clientToken was used before with different parameters",
                LatticeError.ResourceReference(id: earlier.resourceID, type: resourceType))
        }
    }

    private func canonicalText(of input: some Encodable) throws -> String {
        String(decoding: try RecordEncoder.encode(input), as: UTF8.self)
    }
}

extension JSONValue {
    fileprivate var id: String? {
        guard case .object(let members) = self, case .string(let id)? = members["id"] else { return nil }
        return id
    }
}
