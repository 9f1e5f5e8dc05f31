import NIOCore
import Synchronization
import TrellisAccessLog
import TrellisModel
import TrellisRouting

/// Subscriptions as a snapshot has them.
struct Logs {
    private(set) var compiler = SnapshotCompiler()
    private(set) var snapshot = Snapshot()

    static let scope = Scope(
        account: wellFormed(AccountID("123456789012")), region: wellFormed(Region("eu-west-1")))
    static let service = wellFormed(ServiceID("svc-0123456789abcdef0"))

    static func record(
        _ number: Int = 1, to destination: String = "arn:aws:s3:::bucket/some/where"
    ) -> AccessLogSubscriptionRecord {
        let time = Timestamp(millisecondsSinceEpoch: 0)
        return AccessLogSubscriptionRecord(
            id: wellFormed(AccessLogSubscriptionID("als-0000000000000000\(number)")), scope: scope,
            owner: AccessLogOwner(service, arn: scope.arn(service)), destinationARN: destination,
            serviceNetworkLogType: nil, createdAt: time, lastUpdatedAt: time, tags: [:])
    }

    mutating func put(_ record: AccessLogSubscriptionRecord) -> CompiledAccessLog {
        let serviceRecord = ServiceRecord(
            id: Self.service, scope: Self.scope, name: "shop", authType: .none, customDomainName: nil,
            certificateARN: nil, idleTimeoutSeconds: 60, status: .active,
            createdAt: record.createdAt, lastUpdatedAt: record.createdAt, tags: [:])
        let network = wellFormed(ServiceNetworkID("sn-0123456789abcdef0"))
        let networkRecord = ServiceNetworkRecord(
            id: network, scope: Self.scope, name: "net", authType: .none, isSharingEnabled: true,
            createdAt: record.createdAt, lastUpdatedAt: record.createdAt, tags: [:])
        let association = ServiceAssociationRecord(
            id: wellFormed(ServiceAssociationID("snsa-0123456789abcdef0")), scope: Self.scope,
            createdBy: Self.scope.account, serviceNetwork: network, service: Self.service, status: .active,
            createdAt: record.createdAt, tags: [:])
        let listener = ListenerRecord(
            id: wellFormed(ListenerID("listener-0123456789abcdef0")), service: Self.service, scope: Self.scope,
            name: "http", protocol: .http, port: 80, defaultAction: .fixedResponse(statusCode: 404),
            defaultRule: wellFormed(RuleID("rule-0123456789abcdef0")), createdAt: record.createdAt,
            lastUpdatedAt: record.createdAt, tags: [:])
        snapshot = compiler.apply([
            .putServiceNetwork(networkRecord), .putService(serviceRecord), .putServiceAssociation(association),
            .putListener(listener), .putAccessLogSubscription(record),
        ])
        let route = try? snapshot.resolve(
            host: "shop.localhost", on: ListenerBinding(port: 80, protocol: .http), from: .unrestricted
        ).get()
        return wellFormed(route?.service.accessLogs.first { $0.record.id == record.id })
    }

    mutating func delete(_ record: AccessLogSubscriptionRecord) {
        snapshot = compiler.apply([.deleteAccessLogSubscription(record.id)])
    }

    static func compiled(to destination: String) -> CompiledAccessLog {
        var logs = Logs()
        return logs.put(record(to: destination))
    }
}

/// Lines that say their number.
func chunk(_ numbers: ClosedRange<Int>, size: Int = 0) -> AccessLogChunk {
    var chunk = AccessLogChunk()
    for number in numbers {
        chunk.append(
            ByteBuffer(string: #"{"n":\#(number)\#(String(repeating: " ", count: size))}"#),
            at: Timestamp(millisecondsSinceEpoch: Int64(number)))
    }
    return chunk
}

/// Takes lines, or does not.
final class ScriptedWriter: AccessLogWriter {
    let batchBytes: Int
    private let state: Mutex<(failures: [AccessLogWriteError], written: [String], batches: Int)>

    init(batchBytes: Int = 1_000_000, failures: [AccessLogWriteError] = []) {
        self.batchBytes = batchBytes
        state = Mutex((failures, [], 0))
    }

    var written: [String] { state.withLock { $0.written } }
    var batches: Int { state.withLock { $0.batches } }

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        let lines = batch.lines.map { String(buffer: $0.bytes) }
        let failure = state.withLock { state -> AccessLogWriteError? in
            state.batches += 1
            if !state.failures.isEmpty { return state.failures.removeFirst() }
            state.written += lines
            return nil
        }
        if let failure { throw failure }
        batch.finish(first: batch.lines.count)
    }
}

struct SteppedClock: WallClock {
    let time = SharedTime()

    final class SharedTime: Sendable {
        let milliseconds = Mutex<Int64>(0)
    }

    func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: time.milliseconds.withLock { $0 }) }

    func advance(_ milliseconds: Int64) { time.milliseconds.withLock { $0 += milliseconds } }
}

struct ConstantRandom: RandomSource {
    func next() -> UInt64 { 0x0123_4567_89AB_CDEF }
}

func wellFormed<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a constant of the tests is malformed") }
    return value
}
