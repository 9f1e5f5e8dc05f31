import FoundationEssentials
import Hummingbird
import NIOCore
import TrellisFunctionHost
import TrellisModel

/// `GET /functions` of the operator port: how functions are kept apart, and every execution environment.
///
/// ```json
/// {"environments":[{"function":"arn:aws:lambda:…","isolation":"bubblewrap","name":"0f…","process":4711,
///   "runtimeApiPort":40123,"state":"idle","version":"$LATEST"}],
///  "isolation":{"level":1,"name":"bubblewrap","next":"…"}}
/// ```
struct FunctionsReport: Codable, Sendable {
    struct Isolation: Codable, Sendable {
        var level: Int
        var name: String
        /// How to reach the next level; absent at the highest one.
        var next: String?

        init(_ status: IsolationStatus) {
            level = status.level.rawValue
            name = status.level.name
            next = status.next
        }
    }

    struct Environment: Codable, Sendable {
        var name: String
        var function: String
        var version: String
        var state: String
        /// The name of the level.
        var isolation: String?
        var process: Int32?
        var runtimeApiPort: Int?
    }

    /// Absent until the host has found out what the machine can do.
    var isolation: Isolation?
    var environments: [Environment]

    init(of functionHost: FunctionHost) async throws {
        let level = functionHost.isolation
        isolation = level.map { Isolation($0) }
        environments = try await functionHost.environments().map { environment in
            Environment(
                name: environment.name, function: environment.function.description, version: environment.version,
                state: environment.state, isolation: level?.level.name, process: environment.process,
                runtimeApiPort: environment.port)
        }
    }

    var response: Response {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let body = ByteBuffer(bytes: try encoder.encode(self))
            return Response(
                status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
        }
    }
}
