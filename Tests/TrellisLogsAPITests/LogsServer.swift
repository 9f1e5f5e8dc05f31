import FoundationEssentials
import Glibc
import Logging
import NIOCore
import Synchronization
import SystemPackage
import Testing
import TrellisAPI
import TrellisLogs
import TrellisModel

@testable import TrellisLogsAPI

/// The logs API over a store in a directory that goes with it, called as the server calls it.
final class LogsServer: Sendable {
    static let now: Int64 = 1_700_000_000_000

    let store: LogStore
    let clock = HeldClock()
    private let directory: FilePath
    private let api: AWSJSONAPI
    private let caller: Caller

    init(configure: (inout LogStoreConfiguration) -> Void = { _ in }) async throws {
        var template = Array("/tmp/trellis-logs-api.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        directory = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        var configuration = LogStoreConfiguration(directory: directory)
        configure(&configuration)
        store = LogStore(
            configuration: configuration, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await store.open()
        api = LogsAPI.make(store: store, clock: clock) { operation, _, error in
            Issue.record("\(operation): \(error)")
        }
        let account = try #require(AccountID("123456789012"))
        caller = Caller(
            accessKeyID: "AKIATEST", account: account, region: .usEast1, principalARN: account.rootARN,
            userID: account.rawValue)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.string) }

    func raw(_ target: String?, method: String = "POST", path: String = "/", body: String = "{}") async -> APIResponse {
        await api.respond(
            to: AuthenticatedRequest(
                method: method, path: path, query: "",
                headers: APIHeaders(target.map { [("x-amz-target", $0)] } ?? []), body: ByteBuffer(string: body),
                caller: caller, requestID: "id"))
    }

    func refuse(_ error: ProtocolError) -> APIResponse { api.refuse(error, requestID: "id") }

    /// The answer as JSON, with the status as `status`.
    func call(_ operation: String, _ input: [String: JSONValue]) async -> [String: JSONValue] {
        let response = await raw(
            "Logs_20140328.\(operation)", body: String(decoding: JSONValue.object(input).encoded(), as: UTF8.self))
        guard case .object(var members) = try? JSONValue(parsing: response.body.readableBytesView) else { return [:] }
        members["status"] = .integer(Int64(response.status))
        return members
    }

    /// The name of the error, or `nil` for a success.
    func refusal(_ operation: String, _ input: [String: JSONValue]) async -> String? {
        let answer = await call(operation, input)
        guard case .string(let type)? = answer["__type"] else { return nil }
        return type
    }

    func put(_ events: [(Int64, String)], group: String = "g", stream: String = "s") async {
        _ = await call("CreateLogGroup", ["logGroupName": .string(group)])
        _ = await call("CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(stream)])
        let answer = await call(
            "PutLogEvents",
            [
                "logGroupName": .string(group), "logStreamName": .string(stream),
                "logEvents": .array(
                    events.map { .object(["timestamp": .integer(Self.now + $0), "message": .string($1)]) }),
            ])
        #expect(answer["status"] == 200, "\(answer)")
    }
}

final class HeldClock: WallClock {
    private let time = Mutex(LogsServer.now)

    func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: time.withLock { $0 }) }

    func advance(by milliseconds: Int64) { time.withLock { $0 += milliseconds } }
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

    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}

extension [String: JSONValue] {
    var messages: [String] { (self["events"]?.elements ?? []).compactMap { $0["message"]?.text } }
}
