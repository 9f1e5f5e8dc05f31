import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import TrellisAPI
import TrellisLambdaAPI
import TrellisModel
import TrellisStore

/// The Lambda API over a store in memory, called as the server calls it.
struct LambdaServer: Sendable {
    static let account = "123456789012"
    static let region = "us-west-2"
    static let arnPrefix = "arn:aws:lambda:\(region):\(account):function:"
    static let role = "arn:aws:iam::\(account):role/runner"

    let packages: TestPackages
    let invoker = ScriptedInvoker()
    let provisioned = ScriptedProvisioning()
    let store: SQLiteStore
    let events: EventInvocationQueue
    private let api: RestJSONAPI
    private let caller: Caller
    private let failures = Failures()

    init(
        packages: TestPackages = TestPackages(), account: String = LambdaServer.account,
        region: String = LambdaServer.region
    ) throws {
        try self.init(store: SQLiteStore.inMemory(), packages: packages, account: account, region: region)
    }

    /// - Parameter store: Shared between servers that stand for different callers.
    init(
        store: SQLiteStore, packages: TestPackages = TestPackages(), account: String = LambdaServer.account,
        region: String = LambdaServer.region, eventCapacity: Int = 10
    ) throws {
        self.store = store
        events = EventInvocationQueue(store: store, clock: SteppingClock(), capacity: eventCapacity)
        self.packages = packages
        let failures = self.failures
        api = LambdaAPI.make(
            store: store, packages: packages.store, invoker: invoker, provisioned: provisioned, events: events,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, clock: SteppingClock(), random: SeededRandom(),
            configuration: .init(architecture: "x86_64", packageURL: { "file:///packages/\($0).zip" }),
            onInternalError: { operation, _, error in failures.add("\(operation): \(error)") })
        let accountID = try #require(AccountID(account))
        caller = Caller(
            accessKeyID: "AKIATEST", account: accountID, region: try #require(Region(region)),
            principalARN: accountID.rootARN, userID: account)
    }

    /// What was reported as an internal error.
    var internalErrors: [String] { failures.all }

    var scope: Scope { caller.scope }

    func bodyLimit(_ method: String, _ path: String) -> Int { api.bodyLimit(method: method, path: path) }

    func refuse(_ error: ProtocolError) -> Answer { Answer(api.refuse(error, requestID: "id")) }

    /// - Parameter path: Below the version of the API, for example `/functions/f`; another version is written in full.
    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, headers: [(name: String, value: String)] = []
    ) async -> Answer {
        await send(method, path, bytes: body.map { $0.encoded() } ?? [], headers: headers)
    }

    func send(
        _ method: String, _ path: String, bytes: [UInt8], headers: [(name: String, value: String)] = []
    ) async -> Answer {
        let target = path.hasPrefix("/functions") ? "/2015-03-31\(path)" : path
        let parts = target.split(separator: "?", maxSplits: 1)
        let request = AuthenticatedRequest(
            method: method, path: String(parts[0]), query: parts.count == 2 ? String(parts[1]) : "",
            headers: APIHeaders(headers), body: ByteBuffer(bytes: bytes), caller: caller,
            requestID: "8a1c0000-0000-4000-8000-00000000beef")
        return await Answer(collecting: api.respond(to: request))
    }

    private final class Failures: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }
}

/// Requests that many tests begin with.
extension LambdaServer {
    static func zip(_ content: String = "code") -> JSONValue {
        .string(Data(TestPackages.zip(content)).base64EncodedString())
    }

    /// The smallest body that CreateFunction takes.
    static func createBody(_ name: String = "f", _ more: [String: JSONValue] = [:]) -> JSONValue {
        var members: [String: JSONValue] = [
            "FunctionName": .string(name), "Role": .string(role), "Runtime": "python3.12", "Handler": "app.handler",
            "Code": .object(["ZipFile": zip()]),
        ]
        for (key, value) in more { members[key] = value == .null ? nil : value }
        return .object(members)
    }

    @discardableResult
    func create(_ name: String = "f", _ more: [String: JSONValue] = [:]) async throws -> Answer {
        let answer = await send("POST", "/functions", Self.createBody(name, more))
        try #require(answer.status == 201, "\(answer)")
        return answer
    }

    /// Changes the code and publishes a version.
    @discardableResult
    func publish(_ name: String = "f", code: String) async throws -> Answer {
        let answer = await send(
            "PUT", "/functions/\(name)/code", .object(["ZipFile": Self.zip(code), "Publish": true]))
        try #require(answer.status == 200, "\(answer)")
        return answer
    }
}

/// An answer, with its body as JSON where it is JSON.
struct Answer: Sendable, CustomStringConvertible {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]
    var json: JSONValue

    init(_ response: APIResponse) {
        status = response.status
        headers = Dictionary(response.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        body = [UInt8](response.body.readableBytesView)
        json = (try? JSONValue(parsing: body)) ?? .null
    }

    /// Reads a response that is written piece by piece to its end; one that is cut off has status 0.
    init(collecting response: APIResponse) async {
        guard let stream = response.stream else {
            self.init(response)
            return
        }
        var whole = response
        whole.stream = nil
        do {
            var body = ByteBuffer()
            try await stream { body.writeImmutableBuffer($0) }
            whole.body = body
        } catch {
            whole.status = 0
        }
        self.init(whole)
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    var errorType: String? { headers["x-amzn-errortype"] }
    var message: String? { json["message"]?.text ?? json["Message"]?.text }
    var description: String { "\(status) \(errorType ?? "") \(text)" }

    subscript(_ names: String...) -> JSONValue? {
        names.reduce(json as JSONValue?) { value, name in value?[name] }
    }
}

extension JSONValue {
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    var memberNames: Set<String> {
        guard case .object(let members) = self else { return [] }
        return Set(members.keys)
    }
}

/// A refused request: what is sent and what comes back.
struct Refusal: Sendable, CustomTestStringConvertible {
    var body: JSONValue
    var status: Int
    var type: String
    var message: String

    init(_ body: JSONValue, _ status: Int, _ type: String, _ message: String) {
        self.body = body
        self.status = status
        self.type = type
        self.message = message
    }

    init(members: [String: JSONValue], _ status: Int, _ type: String, _ message: String) {
        self.init(.object(members), status, type, message)
    }

    var testDescription: String { String(message.prefix(100)) }

    func matches(_ answer: Answer) -> Bool {
        answer.status == status && answer.errorType == type && answer.message == message
    }
}
