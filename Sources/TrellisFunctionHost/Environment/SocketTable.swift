import Glibc
import NIOCore

/// The kernel's table of TCP sockets.
enum SocketTable {
    /// The number of the established socket with these ends, as `/proc/<pid>/fd` shows it.
    ///
    /// Asked for over netlink, which costs the same however many sockets there are; `/proc/net/tcp` where the kernel does
    /// not answer.
    ///
    /// - Returns: `nil` if there is none, or the ends are not of IPv4. 0 if no process has it any more.
    static func inode(local: SocketAddress, remote: SocketAddress) -> UInt32? {
        guard let local = End(local), let remote = End(remote) else { return nil }
        return askKernel(local, remote) ?? search(local, remote)
    }

    /// One end of a connection, in network byte order.
    struct End: Hashable {
        var address: in_addr_t
        var port: in_port_t

        init(address: in_addr_t, port: in_port_t) {
            self.address = address
            self.port = port
        }

        init?(_ address: SocketAddress) {
            var number: in_addr_t = 0
            guard let text = address.ipAddress, let port = address.port, inet_pton(AF_INET, text, &number) == 1 else {
                return nil
            }
            self.init(address: number, port: in_port_t(truncatingIfNeeded: port).bigEndian)
        }

        /// `0100007F:1F90`, as `/proc/net/tcp` shows it.
        var text: String { Self.digits(address, 8) + ":" + Self.digits(UInt32(in_port_t(bigEndian: port)), 4) }

        private static func digits(_ number: UInt32, _ count: Int) -> String {
            let text = String(number, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
    }

    // MARK: Netlink

    private static let protocolNumber: CInt = 4  // NETLINK_SOCK_DIAG
    private static let headerSize = 16
    private static let answerType: UInt16 = 20  // SOCK_DIAG_BY_FAMILY
    private static let listening: UInt8 = 10  // TCP_LISTEN
    private static let inodeOffset = headerSize + 68

    private static func askKernel(_ local: End, _ remote: End) -> UInt32? {
        let descriptor = socket(
            AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), protocolNumber)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let question = question(local, remote)
        let sent = question.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
        guard sent == question.count else { return nil }
        var answer = [UInt8](repeating: 0, count: 1_024)
        let size = recv(descriptor, &answer, answer.count, 0)
        guard size > 0, size <= answer.count else { return nil }
        return inode(in: answer[..<size], local, remote)
    }

    /// `nlmsghdr` and `inet_diag_req_v2` of `linux/inet_diag.h`.
    private static func question(_ local: End, _ remote: End) -> [UInt8] {
        var bytes = native(UInt32(headerSize + 56)) + native(answerType)
        // NLM_F_REQUEST, sequence number, sender.
        bytes += native(UInt16(1)) + native(UInt32(1)) + native(UInt32(0))
        // Family, protocol, no extensions, every state.
        bytes += [UInt8(AF_INET), UInt8(IPPROTO_TCP), 0, 0] + native(UInt32.max)
        bytes += native(local.port) + native(remote.port)
        bytes += native(local.address) + [UInt8](repeating: 0, count: 12)
        bytes += native(remote.address) + [UInt8](repeating: 0, count: 12)
        // Any interface, any cookie.
        return bytes + native(UInt32(0)) + native(UInt64.max)
    }

    /// The number in an `inet_diag_msg`, if it is about exactly this connection.
    static func inode(in answer: ArraySlice<UInt8>, _ local: End, _ remote: End) -> UInt32? {
        let bytes = Array(answer)
        guard bytes.count >= inodeOffset + 4, Array(bytes[4..<6]) == native(answerType) else { return nil }
        let ends =
            native(local.port) + native(remote.port) + native(local.address) + [UInt8](repeating: 0, count: 12)
            + native(remote.address)
        // Without such a connection, the kernel may name a socket that listens on the port.
        guard bytes[headerSize + 1] != listening, bytes[(headerSize + 4)...].starts(with: ends) else { return nil }
        return bytes[inodeOffset..<inodeOffset + 4].enumerated().reduce(UInt32(0)) { number, next in
            let place = 1.littleEndian == 1 ? next.offset : 3 - next.offset
            return number | UInt32(next.element) << (8 * UInt32(place))
        }
    }

    private static func native<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }

    // MARK: /proc/net/tcp

    private static func search(_ local: End, _ remote: End) -> UInt32? {
        ProcFile.read("/proc/net/tcp", limit: 64 << 20).flatMap {
            inode(inTable: String(decoding: $0, as: UTF8.self), local, remote)
        }
    }

    /// A line is `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …`.
    static func inode(inTable table: String, _ local: End, _ remote: End) -> UInt32? {
        let (local, remote) = (local.text, remote.text)
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 10, fields[1] == local, fields[2] == remote else { continue }
            return UInt32(fields[9])
        }
        return nil
    }
}
