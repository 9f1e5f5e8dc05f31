import Foundation
import Glibc

/// A socket between two processes of this machine, by which one gives descriptors to the other.
///
/// All calls wait, so they belong on a thread of their own.
///
/// - Source: unix(7), section "Ancillary messages"; cmsg(3).
struct DescriptorSocket: Sendable {
    let descriptor: CInt

    struct Failed: Error, CustomStringConvertible {
        var call: String
        var code = errno

        var description: String { "\(call): \(String(cString: strerror(code)))" }
    }

    /// A message carries at most 253 descriptors.
    private static let descriptorsPerMessage = 200
    /// `size_t` and two `int`, and then the descriptors.
    private static let headerBytes = 16
    private static let controlBytes = headerBytes + descriptorsPerMessage * MemoryLayout<CInt>.size

    // MARK: A connection

    /// Listens in a directory, where only its owner may connect.
    static func listen(inDirectory directory: String, name: String) throws -> DescriptorSocket {
        try withAddress(ofDirectory: directory, name: name) { socket, address, length, path in
            unlink(path)
            guard bind(socket, address, length) == 0 else { throw Failed(call: "bind") }
            guard chmod(path, 0o600) == 0 else { throw Failed(call: "chmod") }
            guard Glibc.listen(socket, 1) == 0 else { throw Failed(call: "listen") }
        }
    }

    /// - Returns: `nil` if nobody listens there.
    static func connect(inDirectory directory: String, name: String) throws -> DescriptorSocket? {
        do {
            return try withAddress(ofDirectory: directory, name: name) { socket, address, length, _ in
                guard Glibc.connect(socket, address, length) == 0 else { throw Failed(call: "connect") }
            }
        } catch let error as Failed where error.code == ENOENT || error.code == ECONNREFUSED {
            return nil
        }
    }

    /// - Returns: `nil` after ``shutDown()``.
    func accept() throws -> DescriptorSocket? {
        while true {
            let accepted = Glibc.accept(descriptor, nil, nil)
            if accepted >= 0 {
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                return DescriptorSocket(descriptor: accepted)
            }
            if errno == EINVAL { return nil }
            guard errno == EINTR || errno == ECONNABORTED else { throw Failed(call: "accept") }
        }
    }

    /// Wakes who waits.
    func shutDown() {
        shutdown(descriptor, CInt(SHUT_RDWR))
    }

    func close() {
        Glibc.close(descriptor)
    }

    /// Goes by a descriptor of the directory: an address has room for 107 bytes only, whatever the path.
    private static func withAddress(
        ofDirectory directory: String, name: String,
        _ body: (CInt, UnsafePointer<sockaddr>, socklen_t, String) throws -> Void
    ) throws -> DescriptorSocket {
        let folder = open(directory, O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Failed(call: "open") }
        defer { Glibc.close(folder) }
        let path = "/proc/self/fd/\(folder)/\(name)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let socket = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failed(call: "socket") }
        do {
            try withUnsafePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    try body(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size), path)
                }
            }
        } catch {
            Glibc.close(socket)
            throw error
        }
        return DescriptorSocket(descriptor: socket)
    }

    // MARK: Messages

    /// Sends copies of descriptors, and that they are all.
    func send(_ descriptors: [CInt]) throws {
        var rest = descriptors[...]
        while !rest.isEmpty {
            try sendMessage(Array(rest.prefix(Self.descriptorsPerMessage)))
            rest = rest.dropFirst(Self.descriptorsPerMessage)
        }
        try sendMessage([])
    }

    /// Receives what ``send(_:)`` has sent.
    ///
    /// - Returns: Descriptors that are the caller's to close.
    func receive() throws -> [CInt] {
        var received: [CInt] = []
        do {
            while true {
                let descriptors = try receiveMessage()
                if descriptors.isEmpty { return received }
                received += descriptors
            }
        } catch {
            for descriptor in received { Glibc.close(descriptor) }
            throw error
        }
    }

    /// Returns when the other process has closed its end, at the latest by ending.
    func waitForEnd() {
        var byte: UInt8 = 0
        while true {
            let count = recv(descriptor, &byte, 1, 0)
            if count == 0 || count < 0 && errno != EINTR { return }
        }
    }

    private func sendMessage(_ descriptors: [CInt]) throws {
        try withMessage { message, control in
            if descriptors.isEmpty {
                message.msg_control = nil
                message.msg_controllen = 0
            } else {
                let length = Self.headerBytes + descriptors.count * MemoryLayout<CInt>.size
                control.storeBytes(of: length, as: Int.self)
                control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: CInt.self)
                control.storeBytes(of: Self.rights, toByteOffset: 12, as: CInt.self)
                for (index, descriptor) in descriptors.enumerated() {
                    control.storeBytes(of: descriptor, toByteOffset: Self.headerBytes + index * 4, as: CInt.self)
                }
                message.msg_controllen = (length + 7) / 8 * 8
            }
            while sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL)) < 0 {
                guard errno == EINTR else { throw Failed(call: "sendmsg") }
            }
        }
    }

    private func receiveMessage() throws -> [CInt] {
        try withMessage { message, control in
            var count: Int
            repeat {
                count = recvmsg(descriptor, &message, CInt(MSG_CMSG_CLOEXEC))
            } while count < 0 && errno == EINTR
            guard count >= 0 else { throw Failed(call: "recvmsg") }
            guard count > 0 else { throw Failed(call: "recvmsg", code: ECONNRESET) }
            guard message.msg_controllen >= Self.headerBytes,
                control.load(fromByteOffset: 8, as: CInt.self) == SOL_SOCKET,
                control.load(fromByteOffset: 12, as: CInt.self) == Self.rights
            else { return [] }
            let length = min(control.load(as: Int.self), Self.controlBytes)
            return stride(from: Self.headerBytes, to: length, by: 4).map {
                control.load(fromByteOffset: $0, as: CInt.self)
            }
        }
    }

    /// `SCM_RIGHTS`.
    private static let rights: CInt = 1

    /// A message of one byte with room for descriptors.
    private func withMessage<Result>(
        _ body: (inout msghdr, UnsafeMutableRawPointer) throws -> Result
    ) throws -> Result {
        let control = UnsafeMutableRawPointer.allocate(byteCount: Self.controlBytes, alignment: 8)
        defer { control.deallocate() }
        control.initializeMemory(as: UInt8.self, repeating: 0, count: Self.controlBytes)
        var byte: UInt8 = 0
        return try withUnsafeMutablePointer(to: &byte) { pointer in
            var part = iovec(iov_base: pointer, iov_len: 1)
            return try withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_iov = part
                message.msg_iovlen = 1
                message.msg_control = control
                message.msg_controllen = Self.controlBytes
                return try body(&message, control)
            }
        }
    }
}
