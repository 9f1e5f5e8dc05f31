import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import TrellisAPI
import TrellisConsole
import TrellisDataPlane

/// Health, readiness, metrics and the console for whoever runs Trellis, on a port of its own.
struct OperatorServer: Service {
    /// One thing that keeps the server from being fully ready, in words.
    typealias Problems = @Sendable () async -> [String]

    var address: ServerConfiguration.Address
    var eventLoopGroup: any EventLoopGroup
    var logger: Logger
    var problems: Problems
    /// Metrics in the text format of Prometheus.
    var metrics: @Sendable () async -> String
    /// What the function host runs, and how it keeps functions apart.
    var functions: @Sendable () async throws -> FunctionsReport
    /// What would become of a request.
    var explain: @Sendable (ImaginedRequest) async throws -> RequestExplanation
    var console: Console
    var onRunning: @Sendable (_ port: Int) async -> Void

    func run() async throws {
        let router = Router()
        router.get("healthz") { _, _ in "ok\n" }
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: await metrics())))
        }
        router.get("readyz") { _, _ -> Response in
            let problems = await problems()
            let text = problems.isEmpty ? "ready\n" : problems.map { "\($0)\n" }.joined()
            return Response(
                status: problems.isEmpty ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        router.get("functions") { _, _ -> Response in try await functions().response }
        router.post("explain") { request, _ -> Response in
            let body = try await request.body.collect(upTo: DecisionQuestion.maximumBytes)
            return Response(try await DecisionQuestion.answer(body, explain))
        }
        let console = console
        let page: @Sendable (Request, BasicRequestContext) async throws -> Response = { request, _ in
            Response(await console.respond(to: ConsoleRequest(request)))
        }
        router.get("/") { _, _ in Response.redirect(to: ConsolePath.root, type: .normal) }
        for path: RouterPath in ["console", "console/**"] {
            router.get(path, use: page)
            router.post(path, use: page)
        }
        let application = Application(
            responder: router.buildResponder(),
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(address: .hostname(address.host, port: address.port)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger)
        try await application.run()
    }
}
