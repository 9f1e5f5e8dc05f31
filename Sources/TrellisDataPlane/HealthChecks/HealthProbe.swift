import NIOCore
import NIOHTTP1
import TrellisModel
import TrellisRouting

/// What one check has found.
enum ProbeResult: Hashable, Sendable {
    case answered(statusCode: Int)
    case failed(String)
    case timedOut
}

/// One check of one target: a GET on a connection of its own, which ends with it.
///
/// Used on one event loop.
final class HealthProbe: TargetResponseReceiver {
    /// Of a body that nobody reads.
    private static let bodyLimit = 1_048_576

    private let pools: TargetPools
    private let promise: EventLoopPromise<ProbeResult>
    private var exchange: TargetExchange?
    private var timer: Scheduled<Void>?
    private var statusCode: Int?
    private var bodyBytes = 0

    /// To be made on the event loop.
    init(
        _ target: TargetEndpoint, _ check: HealthCheck, on eventLoop: any EventLoop,
        configuration: DataPlaneConfiguration
    ) {
        promise = eventLoop.makePromise(of: ProbeResult.self)
        pools = TargetPools(eventLoop: eventLoop, configuration: configuration)
        // Nothing is kept for the next check.
        pools.close()
        let endpoint = TargetEndpoint(
            address: target.address, port: check.port ?? target.port, isSecure: check.protocol == .https,
            version: check.protocolVersion == .http2 ? .http2 : .http1)
        var headers = HTTPHeaders([
            ("host", endpoint.addressAndPort), ("user-agent", "Trellis-HealthChecker"), ("accept", "*/*"),
        ])
        if endpoint.version == .http1 { headers.add(name: "connection", value: "close") }
        exchange = TargetExchange(
            TargetRequest(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: check.path, headers: headers)),
            to: endpoint, by: pools, receiver: self)
        timer = eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(check.timeoutSeconds))) { [weak self] in
            self?.finish(.timedOut)
        }
    }

    func run() -> EventLoopFuture<ProbeResult> {
        exchange?.begin()
        exchange?.finish(nil)
        exchange?.flush()
        return promise.futureResult
    }

    func finish(_ result: ProbeResult) {
        timer?.cancel()
        timer = nil
        exchange?.cancel()
        exchange = nil
        promise.succeed(result)
    }

    // MARK: The answer

    func targetInformed(_ head: HTTPResponseHead) {}

    func targetBegan(_ head: HTTPResponseHead) { statusCode = Int(head.status.code) }

    func targetSent(_ bytes: ByteBuffer) {
        bodyBytes += bytes.readableBytes
        if bodyBytes > Self.bodyLimit, let statusCode { finish(.answered(statusCode: statusCode)) }
    }

    func targetEnded(_ trailers: HTTPHeaders?) {
        finish(statusCode.map { .answered(statusCode: $0) } ?? .failed("no status"))
    }

    func targetFailed(_ failure: TargetFailure) { finish(.failed("\(failure)")) }

    func targetPaused() {}

    func targetBlockingChanged() {}
}
