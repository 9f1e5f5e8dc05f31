import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TrellisModel

/// Says what would become of a request, and why.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say who may pass a service and why: the whole decision about a request that is not sent.",
        discussion: """
            trellis explain http://orders.localhost:8080/public/menu
            trellis explain -X POST -H 'x-team: blue' --caller root http://orders.localhost:8080/orders
            trellis explain --caller AKIA… --client 10.0.1.7 --format json http://orders.localhost:8080/
            trellis explain --request-id 6f0c… --access-log access.log -H 'x-team: blue'

            Asks the running server of the data directory, which decides with what it has now: service network, service,
            every statement of every policy and why it does not apply, the rule, the outcome, and what would have to
            change. A caller is named by an access key; no secret is needed, since nothing is signed. An access log
            line has neither the query nor most headers of its request, and names the caller by ARN: give what mattered
            with --header and --caller. It is decided anew, by the policies of now.

            Exit status: 0 the request would reach its rule; 65 it would be refused, or cannot be understood; 69 no
            server is running.
            """)

    /// In bytes; tokens have some thousand at most.
    private static let longestToken = 16_384

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(help: "The data directory of the server.")
    var dataDir = ServerConfiguration().dataDirectory

    @Option(name: [.customShort("X"), .long], help: "The method. (default: GET)")
    var request: String?

    @Option(name: [.customShort("H"), .long], help: "A header line, 'name: value'. May be given several times.")
    var header: [String] = []

    @Option(
        help: "Who signs: an access key id, 'root' for the account of the data directory, or 'anonymous', the default.")
    var caller: String?

    @Option(
        help: """
            The token of the session that --caller's access key is of; '-' reads it from standard input. \
            (default: the header x-amz-security-token)
            """)
    var sessionToken: String?

    @Option(help: "The client's address. (default: 127.0.0.1)")
    var client: String?

    @Option(help: "The id of a request in the file that --access-log names, instead of a URL.")
    var requestId: String?

    @Option(help: ArgumentHelp("A file of access log lines.", valueName: "file"))
    var accessLog: String?

    @Option(help: "Text or the answer's JSON object.")
    var format = Format.text

    @Argument(help: "The URL as a client writes it.")
    var url: String?

    func validate() throws {
        guard (requestId == nil) == (accessLog == nil) else {
            throw ValidationError("--request-id and --access-log belong together.")
        }
        guard (url == nil) != (requestId == nil) else { throw ValidationError("Give a URL or --request-id.") }
    }

    func run() async throws {
        try await reportingFailure {
            let endpoints = try EndpointsFile.ofRunningServer(inDataDirectory: dataDir)
            let logged = try requestId.map { try LoggedRequest.find($0, inFile: accessLog ?? "") }
            var question = DecisionQuestion(
                method: request ?? logged?.requestMethod ?? "GET", url: url ?? logged?.url ?? "")
            question.client = client ?? logged?.client
            question.headers = try header.map { line in
                guard let (name, value) = HeaderLine.parse(line) else {
                    throw CommandFailure(.badInput, "'\(line)' is not a header of the form 'name: value'")
                }
                return [name, value]
            }
            question.accessKeyId = try accessKeyID(of: logged)
            question.sessionToken = try givenSessionToken()
            let answer = try await ask(question, at: endpoints.operator)
            let report = try JSONDecoder().decode(DecisionReport.self, from: answer)
            StandardStream.output.write(
                format == .text ? report.text : String(decoding: answer, as: UTF8.self) + "\n")
            guard report.isAllowed else { throw ExitCode(ExitStatus.badInput.rawValue) }
        }
    }

    /// - Returns: `nil` for an anonymous caller.
    private func accessKeyID(of logged: LoggedRequest?) throws -> String? {
        let file = try CredentialsFile.load(from: CredentialsFile.path(inDataDirectory: dataDir))
        switch caller {
        case "anonymous": return nil
        case "root": return file?.home.accessKeyID
        case let id?: return id
        case nil: break
        }
        guard let principal = logged?.callerPrincipal, principal != "-" else { return nil }
        let roots = (file.map { [$0.home] + $0.others } ?? []).filter { $0.account.rootARN == principal }
        guard let root = roots.first else {
            throw CommandFailure(.badInput, "the caller was \(principal): name one of its access keys with --caller")
        }
        return root.accessKeyID
    }

    private func givenSessionToken() throws -> String? {
        guard sessionToken == "-" else { return sessionToken }
        var input = BoundedInput()
        let bytes = try input.read(.standardInput, limit: Self.longestToken, what: "a session token")
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func ask(_ question: DecisionQuestion, at operatorURL: String) async throws -> Data {
        var request = HTTPClientRequest(url: "\(operatorURL)/explain")
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(question)))
        let response: HTTPClientResponse
        let body: ByteBuffer
        do {
            response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            body = try await response.body.collect(upTo: 8 * 1024 * 1024)
        } catch {
            throw CommandFailure(.unavailable, "the server at \(operatorURL) does not answer: \(error)")
        }
        guard response.status == .ok else {
            throw CommandFailure(
                .badInput, String(buffer: body).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return Data(body.readableBytesView)
    }
}

/// `name: value`, as curl takes it.
enum HeaderLine {
    /// - Returns: `nil` without a colon or a name.
    static func parse(_ line: String) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
        return (
            String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        )
    }
}
