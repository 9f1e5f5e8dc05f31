import Foundation

/// Whether a server could listen on an address now.
enum PortProbe {
    enum Result: Hashable {
        case free
        case unusable(reason: String)
    }

    /// - Parameters:
    ///   - host: An address or name of this machine.
    ///   - port: 0 is any free one.
    static func probe(host: String, port: Int) -> Result {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let first = list?.pointee else {
            return .unusable(reason: String(cString: gai_strerror(code)))
        }
        let descriptor = socket(first.ai_family, first.ai_socktype, first.ai_protocol)
        guard descriptor >= 0 else { return .unusable(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        // As the server does: connections that are ending do not hold the port.
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, first.ai_addr, first.ai_addrlen) == 0, listen(descriptor, 1) == 0 else {
            return .unusable(reason: String(cString: strerror(errno)))
        }
        return .free
    }
}
