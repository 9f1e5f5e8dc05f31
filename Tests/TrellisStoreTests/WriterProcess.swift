import Dispatch
import Glibc
import Testing

/// `kill(2)` under a name that the method below does not hide.
private let sendSignal: @Sendable (pid_t, CInt) -> CInt = kill

/// A started `StoreCrashWriter`.
///
/// Every method blocks: use it inside ``onThread(_:)``, from one thread.
final class WriterProcess {
    enum Status: Equatable {
        case exited(CInt)
        case killed(bySignal: CInt)
    }

    struct Failure: Error {
        var reason: String
    }

    /// Far more than a start and a commit take on a busy machine.
    private static let patienceMilliseconds: CInt = 30_000

    private struct Stream {
        let descriptor: CInt
        var unread: [UInt8] = []
        var hasEnded = false
    }

    private let id: pid_t
    private var output: Stream
    private var errors: Stream
    private var status: Status?

    init(store path: String) throws {
        let (output, outputEnd) = try Self.makePipe()
        let (errors, errorsEnd) = try Self.makePipe()
        self.output = Stream(descriptor: output)
        self.errors = Stream(descriptor: errors)
        defer {
            close(outputEnd)
            close(errorsEnd)
        }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, outputEnd, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errorsEnd, STDERR_FILENO)

        let executable = try Self.executable()
        let arguments = [strdup(executable), strdup(path), nil]
        defer { arguments.forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, executable, &actions, nil, arguments, environ)
        guard code == 0 else { throw Failure(reason: "\(executable): \(String(cString: strerror(code)))") }
        self.id = id
    }

    deinit {
        kill()
        wait()
        close(output.descriptor)
        close(errors.descriptor)
    }

    /// - Returns: The next whole line of standard output without its newline; `nil` at the end.
    func line() throws -> String? {
        while true {
            if let newline = output.unread.firstIndex(of: 0x0A) {
                defer { output.unread.removeSubrange(...newline) }
                return String(decoding: output.unread[..<newline], as: UTF8.self)
            }
            if output.hasEnded { return nil }
            try readSome()
        }
    }

    /// What the writer said on standard error until its end.
    func errorText() throws -> String {
        while !errors.hasEnded { try readSome() }
        return String(decoding: errors.unread, as: UTF8.self)
    }

    func kill() {
        guard status == nil else { return }
        _ = sendSignal(id, SIGKILL)
    }

    @discardableResult
    func wait() -> Status {
        if let status { return status }
        var raw: CInt = 0
        while waitpid(id, &raw, 0) < 0, errno == EINTR {}
        let signal = raw & 0x7F
        let status: Status = signal == 0 ? .exited((raw >> 8) & 0xFF) : .killed(bySignal: signal)
        self.status = status
        return status
    }

    /// Reads whichever stream has something: a writer must not block on the one that nobody looks at.
    private func readSome() throws {
        var waiting = [output, errors].map { stream in
            // `poll` passes over negative descriptors.
            pollfd(fd: stream.hasEnded ? -1 : stream.descriptor, events: Int16(POLLIN), revents: 0)
        }
        var ready = poll(&waiting, 2, Self.patienceMilliseconds)
        while ready < 0, errno == EINTR { ready = poll(&waiting, 2, Self.patienceMilliseconds) }
        guard ready > 0 else { throw Failure(reason: "process \(id) is silent") }
        if waiting[0].revents != 0 { Self.read(into: &output) }
        if waiting[1].revents != 0 { Self.read(into: &errors) }
    }

    private static func read(into stream: inout Stream) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(stream.descriptor, &buffer, buffer.count)
        stream.unread += buffer.prefix(max(0, count))
        stream.hasEnded = count <= 0
    }

    /// Close-on-exec from the start, so that no other child of this process inherits the writing end: end-of-file comes
    /// with the writer's death. (Glibc's `pipe2` is not visible in Swift.)
    private static func makePipe() throws -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        return (ends[0], ends[1])
    }

    /// Lies beside the test's own executable.
    private static func executable() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        let bytes = path.prefix(max(0, count)).map(UInt8.init(bitPattern:))
        guard let slash = bytes.lastIndex(of: 0x2F) else { throw Failure(reason: "where is this test?") }
        return String(decoding: bytes[...slash], as: UTF8.self) + "StoreCrashWriter"
    }
}

/// Runs blocking work outside the threads that tasks share.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(with: Swift.Result { try body() })
        }
    }
}
