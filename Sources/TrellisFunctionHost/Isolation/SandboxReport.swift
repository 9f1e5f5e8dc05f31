import Glibc
import Synchronization
import SystemPackage

/// What bubblewrap says about a sandbox: the process that holds it, and how the function's process ended.
///
/// One socket pair for each start carries the options in and the report out: JSON objects such as
/// `{ "child-pid": 4711, … }` and `{ "exit-code": 3 }`, one in a line. The exit code is missing if the sandbox could not be
/// made.
final class SandboxReport: Sendable {
    enum End: Hashable, Sendable {
        case exited(Int32)
        /// Bubblewrap tells a signal as 128 and its number, as a shell does.
        case signaled(Int32)
    }

    private struct State {
        var descriptor: CInt
        var text: [UInt8] = []
    }

    /// A report has about 200 bytes.
    private static let limit = 4_096
    private let state: Mutex<State>

    private init(_ descriptor: CInt) {
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { _ = finish() }

    /// - Returns: The report to be, and the end for bubblewrap, which is the caller's to close.
    static func make(options: [UInt8]) throws -> (report: SandboxReport, end: FileDescriptor) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
        let report = SandboxReport(ends[0])
        let other = FileDescriptor(rawValue: ends[1])
        do {
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            try send(options, to: ends[0])
            // Bubblewrap reads its options up to the end.
            guard shutdown(ends[0], CInt(SHUT_WR)) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            try? other.close()
            throw error
        }
        return (report, other)
    }

    /// Nobody reads yet: all options must fit into the socket's buffer, which holds some 200 KB.
    private static func send(_ bytes: [UInt8], to descriptor: CInt) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Errno(rawValue: errno) }
            sent += count
        }
    }

    /// The first process in the sandbox, as the host sees it; nothing of the sandbox is left when it is gone.
    ///
    /// - Returns: `nil` before bubblewrap has made it.
    var firstProcess: pid_t? {
        state.withLock { state in
            Self.read(&state)
            return Self.number("child-pid", in: state.text).map { pid_t($0) }
        }
    }

    /// How the function's process ended; `nil` if it never ran or bubblewrap was killed.
    ///
    /// Closes the descriptor.
    func finish() -> End? {
        state.withLock { state in
            Self.read(&state)
            if state.descriptor >= 0 { close(state.descriptor) }
            state.descriptor = -1
            guard let code = Self.number("exit-code", in: state.text) else { return nil }
            return code > 128 && code <= 128 + 64 ? .signaled(code - 128) : .exited(code)
        }
    }

    private static func read(_ state: inout State) {
        guard state.descriptor >= 0 else { return }
        var block = [UInt8](repeating: 0, count: limit)
        while state.text.count < limit {
            let size = recv(state.descriptor, &block, block.count, 0)
            guard size > 0 else { return }
            state.text += block[..<size]
        }
    }

    /// The value of `"name": 123`.
    static func number(_ name: String, in text: [UInt8]) -> Int32? {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            guard let key = text.firstRange(of: "\"\(name)\":") else { continue }
            let digits = text[key.upperBound...].drop { $0 == " " }.prefix { $0.isNumber && $0.isASCII }
            if let number = Int32(digits) { return number }
        }
        return nil
    }
}
