import Logging
import NIOCore
import Synchronization
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

/// The API over a store of its own, with a clock that the test moves and the same ids in every run.
struct TestWorld: Sendable {
    static let account = AccountID("111122223333").unsafelyRequired
    static let region = Region("us-west-2").unsafelyRequired
    static let scope = Scope(account: account, region: region)

    let store: any Store
    let clock = TestClock()
    let api: RestJSONAPI

    init(
        store: (any Store)? = nil, quotas: LatticeQuotas = LatticeQuotas(), seed: UInt64 = 1,
        remoteFunctions: RemoteFunctions = .none, targets: TargetWhereabouts = TargetWhereabouts()
    ) throws {
        let store = try store ?? SQLiteStore.inMemory()
        self.store = store
        api = LatticeAPI.make(
            store: store, clock: clock, random: SeededRandom(seed: seed),
            configuration: LatticeConfiguration(quotas: quotas), remoteFunctions: remoteFunctions, targets: targets,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func send(
        _ method: String, _ target: String, _ body: String = "", account: AccountID = Self.account,
        region: Region = Self.region
    ) async -> Reply {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let caller = Caller(
            accessKeyID: "AKIA", account: account, region: region, principalARN: account.rootARN,
            userID: account.rawValue)
        let response = await api.respond(
            to: AuthenticatedRequest(
                method: method, path: parts[0], query: parts.count > 1 ? parts[1] : "", headers: APIHeaders(),
                body: ByteBuffer(string: body), caller: caller, requestID: "request"))
        return Reply(response)
    }

    /// Completes everything that is in progress, as the worker does.
    ///
    /// - Parameter domainOwnership: What domain verifications are checked against.
    func settle(_ domainOwnership: DomainOwnership = DomainOwnership()) async throws {
        let surroundings = LifecycleSurroundings(clock: clock, domainOwnership: domainOwnership)
        for entry in try await store.range(under: .root).entries {
            _ = try await PendingCompletion(key: entry.key, value: entry.value)?.complete(store, surroundings)
        }
    }

    /// Every key, for tests that nothing is left over.
    func keys() async throws -> [String] {
        try await store.range(under: .root).entries.map(\.key.path)
    }
}

/// What the API answered.
struct Reply: Sendable {
    var status: Int
    var errorType: String?
    var headers: [String: String]
    var json: JSONValue?
    var bodyLength: Int

    init(_ response: APIResponse) {
        status = response.status
        headers = Dictionary(response.headers.map { ($0.name, $0.value) }) { _, last in last }
        errorType = headers["x-amzn-errortype"]
        bodyLength = response.body.readableBytes
        json = try? JSONValue(parsing: response.body.readableBytesView)
    }

    /// The value at `a.b[0].c`.
    subscript(path: String) -> JSONValue? {
        var value = json
        for part in path.split(separator: ".") {
            let pieces = part.split(whereSeparator: { $0 == "[" || $0 == "]" })
            for piece in pieces {
                if let index = Int(piece) {
                    guard case .array(let elements)? = value, elements.indices.contains(index) else { return nil }
                    value = elements[index]
                } else {
                    guard case .object(let members)? = value else { return nil }
                    value = members[String(piece)]
                }
            }
        }
        return value
    }

    func text(_ path: String) -> String {
        guard case .string(let text)? = self[path] else { return "" }
        return text
    }

    func elements(_ path: String) -> [JSONValue] {
        guard case .array(let elements)? = self[path] else { return [] }
        return elements
    }

    /// The strings under `member` of each element of a list.
    func texts(_ path: String, _ member: String) -> [String] {
        elements(path).map { element in
            guard case .object(let members) = element, case .string(let text)? = members[member] else { return "" }
            return text
        }
    }

    var members: Set<String> {
        guard case .object(let members)? = json else { return [] }
        return Set(members.keys)
    }

    var id: String { text("id") }

    /// The names in a ValidationException's field list.
    var fields: Set<String> { Set(texts("fieldList", "name")) }
}

final class TestClock: WallClock {
    private let time = Mutex(Timestamp(millisecondsSinceEpoch: 1_700_000_000_000))

    func now() -> Timestamp { time.withLock(\.self) }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0.advanced(by: duration) }
    }
}

/// SplitMix64.
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    init(seed: UInt64) { state = Mutex(seed) }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}

extension Optional {
    /// For constants of tests.
    var unsafelyRequired: Wrapped {
        guard let self else { preconditionFailure("a constant of a test is not valid") }
        return self
    }
}
