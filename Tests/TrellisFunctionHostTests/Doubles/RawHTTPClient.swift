import Glibc
import NIOPosix

/// A TCP client that sends exactly the bytes it is told to and reads one HTTP answer at a time.
///
/// Its blocking calls run on a thread pool and give up after 60 seconds.
final class RawHTTPClient: Sendable {
    /// Reading blocks: not on the threads that the host needs to answer.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 64)
        threads.start()
        return threads
    }()

    struct Answer: Equatable, Sendable {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: String
    }

    struct Failure: Error { var message: String }

    private let descriptor: CInt

    init(port: Int) async throws {
        descriptor = try await Self.threads.runIfActive {
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else { throw Failure(message: "connect: \(errno)") }
            var limit = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            return descriptor
        }
    }

    deinit { close(descriptor) }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await Self.threads.runIfActive { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure(message: "send: \(errno)") }
                sent += count
            }
        }
    }

    func closeSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Like `curl`: a request with a `Content-Length`.
    func request(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String] = []
    ) async throws -> Answer {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for header in headers { text += header + "\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + (body ?? ""))
        return try await answer()
    }

    func answer() async throws -> Answer {
        try await Self.threads.runIfActive { [descriptor] in
            var head: [UInt8] = []
            while !head.ends(with: "\r\n\r\n") { head += try Self.read(descriptor, 1) }
            let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
            let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ": ", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1]) : ""
            }
            let body = try Self.read(descriptor, headers["content-length"].flatMap { Int($0) } ?? 0)
            return Answer(status: status ?? 0, headers: headers, body: String(decoding: body, as: UTF8.self))
        }
    }

    /// Whether the peer closes without another byte.
    func isClosed() async throws -> Bool {
        try await Self.threads.runIfActive { [descriptor] in
            var byte: UInt8 = 0
            let count = recv(descriptor, &byte, 1, 0)
            return count == 0 || count < 0 && errno == ECONNRESET
        }
    }

    private static func read(_ descriptor: CInt, _ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let size = bytes[received...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard size > 0 else { throw Failure(message: "closed after \(received) of \(count) bytes, errno \(errno)") }
            received += size
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
