import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import TrellisFunctionHost
import TrellisModel
import TrellisSignature

/// One run of `trellis dev`: the folder, the function, and what was sent last.
struct DevSession {
    struct Settings: Sendable {
        var function: String
        var runtime: String?
        var handler: String?
        var timeout: Int?
        var role: String?
        /// A file.
        var event: String?
    }

    /// Saving several files, as editors and git do, is one change.
    private static let quietMilliseconds: CInt = 100
    /// So that a folder that never becomes quiet is taken over too.
    private static let longestUnrest = Duration.seconds(3)
    /// How often the function's log is looked at.
    private static let logMilliseconds: CInt = 200

    private let settings: Settings
    private let folder: CodeFolder
    private let watch: FolderWatch
    private let dataDirectory: String
    private let clock = SystemWallClock()
    private var log: LogFollower
    /// Hashes of the files in the function's package, by path.
    private var uploaded: [String: String] = [:]

    /// - Throws: ``CommandFailure`` if there is no such folder, or no server runs.
    init(_ settings: Settings, code: String, dataDirectory: String) throws {
        self.settings = settings
        self.dataDirectory = dataDirectory
        _ = try EndpointsFile.ofRunningServer(inDataDirectory: dataDirectory)
        folder = try CodeFolder(code, dataDirectory: dataDirectory)
        watch = try FolderWatch(folder)
        log = LogFollower(function: settings.function, since: clock.now())
    }

    /// Runs until the folder is gone or the program is ended.
    ///
    /// A first upload that fails ends it; later ones are reported, and the next save tries again.
    mutating func run() async throws {
        try watch.cover()
        try await upload(isFirst: true)
        say("watching \(folder.path): save a file to swap the code, Ctrl-C to end")
        while true {
            switch try await wait(Self.logMilliseconds) {
            case .nothing: break
            case .changed:
                try await waitForQuiet()
                do {
                    try await upload(isFirst: false)
                } catch let failure as CommandFailure {
                    say("not updated: \(failure.message)\n  the function keeps its code until the next save")
                }
            case .ended: throw CommandFailure(.unavailable, "\(folder.path) is gone: nothing is left to watch")
            }
            await showLog()
        }
    }

    private func wait(_ milliseconds: CInt) async throws -> FolderWatch.Event {
        let watch = self.watch
        return try await NIOThreadPool.singleton.runIfActive { try watch.wait(milliseconds: milliseconds) }
    }

    private func waitForQuiet() async throws {
        let deadline = ContinuousClock.now + Self.longestUnrest
        while ContinuousClock.now < deadline, case .changed = try await wait(Self.quietMilliseconds) {}
    }

    // MARK: A save

    private mutating func upload(isFirst: Bool) async throws {
        try watch.cover()
        let files = try folder.files()
        let hashes = Dictionary(
            files.map { ($0.path, PayloadHash(of: $0.contents).hexadecimal + ($0.isExecutable ? "x" : "")) },
            uniquingKeysWith: { first, _ in first })
        guard hashes != uploaded else { return }
        let package: Data
        do {
            package = Data(try ZipWriter.zip(files))
        } catch {
            throw CommandFailure(.badInput, "the package cannot be made: \(error)")
        }
        let server = try DevServer(dataDirectory: dataDirectory, clock: clock)
        let size = "\(files.count) \(files.count == 1 ? "file" : "files"), \(package.count) bytes zipped"
        if try await server.hasFunction(settings.function) {
            // First the settings: with the new code they may be needed at once.
            if isFirst { try await server.configure(settings) }
            try await server.update(settings.function, package)
            say("updated \(settings.function): \(isFirst ? size : changes(to: hashes) + "; " + size)")
        } else {
            try await server.create(settings, package)
            say("created \(settings.function): \(size)")
        }
        uploaded = hashes
        try await runOnce(server)
    }

    /// Which files changed, for one line.
    private func changes(to hashes: [String: String]) -> String {
        let changed = hashes.filter { uploaded[$0.key] != nil && uploaded[$0.key] != $0.value }.keys.sorted()
        let added = hashes.keys.filter { uploaded[$0] == nil }.sorted()
        let removed = uploaded.keys.filter { hashes[$0] == nil }.sorted()
        let words = [("changed", changed), ("added", added), ("removed", removed)].filter { !$0.1.isEmpty }
        return words.map { word, paths in
            let more = paths.count > 3 ? " and \(paths.count - 3) more" : ""
            return paths.prefix(3).joined(separator: ", ") + more + " " + word
        }.joined(separator: "; ")
    }

    /// Runs the function with the event of the settings, if there is one.
    private func runOnce(_ server: DevServer) async throws {
        guard let path = settings.event else { return }
        guard let event = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.badInput, "\(path) cannot be read: --event takes a file with a JSON value")
        }
        let result = try await server.invoke(settings.function, event)
        let answer = String(decoding: result.body, as: UTF8.self)
        if !result.isSuccess {
            say("not run: \(result.status) \(result.message)")
        } else if result.headers["x-amz-function-error"] == nil {
            say("answered \(answer)")
        } else {
            say("failed \(answer)\n  mend the code and save: the log below shows where")
        }
    }

    // MARK: Output

    /// A server that is just being started again has its log later.
    private mutating func showLog() async {
        guard let server = try? DevServer(dataDirectory: dataDirectory, clock: clock) else { return }
        let lines = await log.read(server.client)
        if !lines.isEmpty { StandardStream.output.write(lines) }
    }

    private func say(_ text: String) {
        let time = clock.now().iso8601Seconds.dropFirst(11).prefix(8)
        StandardStream.output.write("[\(time)] \(text)\n")
    }
}

/// The operations that `trellis dev` needs of the running server.
private struct DevServer {
    private static let functions = "/2015-03-31/functions"

    let client: SignedClient
    private let account: String

    /// Finds the server anew: it may have been started again, on another port.
    init(dataDirectory: String, clock: any WallClock) throws {
        let endpoints = try EndpointsFile.ofRunningServer(inDataDirectory: dataDirectory)
        let path = CredentialsFile.path(inDataDirectory: dataDirectory)
        guard let credentials = try CredentialsFile.load(from: path)?.home else {
            throw CommandFailure(.unavailable, "\(path) is missing: restart the server")
        }
        client = SignedClient(
            endpoint: endpoints.api, credentials: credentials, region: endpoints.region, clock: clock)
        account = endpoints.account
    }

    func hasFunction(_ name: String) async throws -> Bool {
        let answer = try await send(.GET, "\(Self.functions)/\(name)/configuration")
        if answer.status == 404 { return false }
        try check(answer)
        return true
    }

    func create(_ settings: DevSession.Settings, _ package: Data) async throws {
        guard let runtime = settings.runtime, let handler = settings.handler else {
            throw CommandFailure(
                .badInput,
                "there is no function \(settings.function): add --runtime and --handler to create it, "
                    + "for example --runtime python3.11 --handler app.handler")
        }
        var members: [String: Any] = [
            "FunctionName": settings.function, "Runtime": runtime, "Handler": handler,
            "Role": settings.role ?? "arn:aws:iam::\(account):role/\(settings.function)",
            "Code": ["ZipFile": package.base64EncodedString()],
        ]
        members["Timeout"] = settings.timeout
        try check(await send(.POST, Self.functions, members))
    }

    /// Changes what was given on the command line, and nothing else.
    func configure(_ settings: DevSession.Settings) async throws {
        var members: [String: Any] = [:]
        members["Runtime"] = settings.runtime
        members["Handler"] = settings.handler
        members["Timeout"] = settings.timeout
        members["Role"] = settings.role
        guard !members.isEmpty else { return }
        try check(await send(.PUT, "\(Self.functions)/\(settings.function)/configuration", members))
    }

    func update(_ name: String, _ package: Data) async throws {
        try check(await send(.PUT, "\(Self.functions)/\(name)/code", ["ZipFile": package.base64EncodedString()]))
    }

    func invoke(_ name: String, _ event: Data) async throws -> SignedClient.Answer {
        try await send(.POST, "\(Self.functions)/\(name)/invocations", payload: event)
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ members: [String: Any]? = nil
    ) async throws -> SignedClient.Answer {
        try await send(method, path, payload: members.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data())
    }

    /// A function may take its 900 seconds.
    private func send(_ method: HTTPMethod, _ path: String, payload: Data) async throws -> SignedClient.Answer {
        do {
            return try await client.send("lambda", method, path, payload, timeout: .seconds(960))
        } catch {
            throw CommandFailure(.unavailable, "the server at \(client.endpoint) does not answer: \(error)")
        }
    }

    private func check(_ answer: SignedClient.Answer) throws {
        guard !answer.isSuccess else { return }
        throw CommandFailure(.badInput, "the server refused: \(answer.status) \(answer.message)")
    }
}
