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

    private let id: pid_t
    private let output: CInt
    private let errors: CInt
    private var unread: [UInt8] = []
    private var status: Status?

    init(store path: String) throws {
        let (output, outputEnd) = try Self.makePipe()
        let (errors, errorsEnd) = try Self.makePipe()
        self.output = output
        self.errors = errors
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
        close(output)
        close(errors)
    }

    /// - Returns: The next whole line of standard output without its newline; `nil` at the end.
    func line() throws -> String? {
        while true {
            if let newline = unread.firstIndex(of: 0x0A) {
                defer { unread.removeSubrange(...newline) }
                return String(decoding: unread[..<newline], as: UTF8.self)
            }
            guard let more = try readSome(from: output) else { return nil }
            unread += more
        }
    }

    /// What the writer said on standard error until its end.
    func errorText() throws -> String {
        var text: [UInt8] = []
        while let more = try readSome(from: errors) { text += more }
        return String(decoding: text, as: UTF8.self)
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

    private func readSome(from descriptor: CInt) throws -> [UInt8]? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var ready = poll(&waiting, 1, Self.patienceMilliseconds)
        while ready < 0, errno == EINTR { ready = poll(&waiting, 1, Self.patienceMilliseconds) }
        guard ready > 0 else { throw Failure(reason: "process \(id) is silent") }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? Array(buffer.prefix(count)) : nil
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
