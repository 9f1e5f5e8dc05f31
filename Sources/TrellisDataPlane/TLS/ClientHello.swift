import NIOCore

/// What a TLS client says first, as far as a server needs it to choose a certificate.
///
/// - Source: RFC 8446, section 4.1.2; RFC 6066, section 3.
struct ClientHello: Equatable {
    /// The value of `server_name`, in lower case.
    var serverName: String?
    var cipherSuites: [UInt16] = []
    /// Whether `supported_versions` has TLS 1.3.
    var offersTLS13 = false

    enum Reading: Equatable {
        case needsMore
        case complete(ClientHello)
        case failed(Problem)
    }

    enum Problem: Error, Equatable {
        /// The first byte is not that of a TLS handshake.
        case notTLS
        case malformed
        case tooLarge
    }

    /// The largest message that is read, in bytes; those of today's clients have up to four thousand.
    static let maximumBytes = 32_768

    /// Reads the message from the beginning of a connection.
    static func read(_ bytes: ByteBuffer) -> Reading {
        var reader = ClientHelloReader()
        return reader.read(bytes)
    }
}

/// Reads a client's first message as it arrives, over as many records as it takes, and looks at each byte once.
struct ClientHelloReader {
    /// All that has arrived; at most six times as much as the largest message.
    private(set) var bytes = ByteBuffer()
    private var position = 0
    private var leftInRecord = 0
    private var message = ByteBuffer()

    /// - Parameter more: What has arrived since the last call; none is to follow a reading that needs no more.
    mutating func read(_ more: ByteBuffer) -> ClientHello.Reading {
        bytes.writeImmutableBuffer(more)
        do throws(ClientHello.Problem) {
            guard var complete = try readRecords() else { return .needsMore }
            return .complete(try ClientHello(&complete))
        } catch {
            return .failed(error)
        }
    }

    /// The body of the message; `nil` while something is missing.
    private mutating func readRecords() throws(ClientHello.Problem) -> ByteBuffer? {
        while true {
            if leftInRecord == 0 {
                guard let length = try recordLength() else { return nil }
                leftInRecord = length
                position += Self.recordHeader
            }
            let available = min(leftInRecord, bytes.writerIndex - position)
            guard available > 0, let fragment = bytes.getSlice(at: position, length: available) else { return nil }
            message.writeImmutableBuffer(fragment)
            position += available
            leftInRecord -= available
            if let complete = try completeMessage() { return complete }
        }
    }

    private func recordLength() throws(ClientHello.Problem) -> Int? {
        guard let type = bytes.getInteger(at: position, as: UInt8.self) else { return nil }
        guard type == Self.handshakeRecord else { throw message.readableBytes == 0 ? .notTLS : .malformed }
        if let major = bytes.getInteger(at: position + 1, as: UInt8.self), major != 3 { throw .notTLS }
        guard let length = bytes.getInteger(at: position + 3, as: UInt16.self) else { return nil }
        guard length > 0, Int(length) <= Self.recordLimit else { throw .malformed }
        return Int(length)
    }

    private func completeMessage() throws(ClientHello.Problem) -> ByteBuffer? {
        guard let head = message.getInteger(at: message.readerIndex, as: UInt32.self) else {
            if let type = message.getInteger(at: message.readerIndex, as: UInt8.self), type != Self.clientHello {
                throw .malformed
            }
            return nil
        }
        guard head >> 24 == UInt32(Self.clientHello) else { throw .malformed }
        let length = Int(head & 0xFF_FFFF)
        guard length <= ClientHello.maximumBytes else { throw .tooLarge }
        return message.getSlice(at: message.readerIndex + Self.messageHeader, length: length)
    }

    private static let handshakeRecord: UInt8 = 22
    private static let clientHello: UInt8 = 1
    private static let recordHeader = 5
    private static let recordLimit = 16_384
    private static let messageHeader = 4
}

extension ClientHello {
    fileprivate init(_ message: inout ByteBuffer) throws(Problem) {
        // legacy_version and random
        guard message.readSlice(length: 34) != nil, message.readVector(UInt8.self) != nil,
            var suites = message.readVector(UInt16.self), suites.readableBytes.isMultiple(of: 2),
            message.readVector(UInt8.self) != nil
        else { throw .malformed }
        while let suite = suites.readInteger(as: UInt16.self) { cipherSuites.append(suite) }
        // TLS 1.2 and before may leave the list of extensions out.
        guard message.readableBytes > 0 else { return }
        guard var extensions = message.readVector(UInt16.self), message.readableBytes == 0 else { throw .malformed }
        var hasServerName = false
        while extensions.readableBytes > 0 {
            guard let type = extensions.readInteger(as: UInt16.self), var content = extensions.readVector(UInt16.self)
            else { throw .malformed }
            switch type {
            case 0:
                guard !hasServerName else { throw .malformed }
                hasServerName = true
                serverName = try Self.serverName(&content)
            case 43:
                guard var versions = content.readVector(UInt8.self) else { throw .malformed }
                while let version = versions.readInteger(as: UInt16.self) {
                    if version == 0x0304 { offersTLS13 = true }
                }
            default:
                break
            }
        }
    }

    private static func serverName(_ content: inout ByteBuffer) throws(Problem) -> String? {
        guard var list = content.readVector(UInt16.self), content.readableBytes == 0 else { throw .malformed }
        var name: String?
        while list.readableBytes > 0 {
            guard let type = list.readInteger(as: UInt8.self), let value = list.readVector(UInt16.self) else {
                throw .malformed
            }
            guard type == 0 else { continue }
            guard name == nil, (1...253).contains(value.readableBytes), value.readableBytesView.allSatisfy(isNameByte)
            else { throw .malformed }
            name = String(
                decoding: value.readableBytesView.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }
}

extension ByteBuffer {
    /// Reads a length and as many bytes.
    fileprivate mutating func readVector<Length: FixedWidthInteger>(_ length: Length.Type) -> ByteBuffer? {
        guard let count = readInteger(as: length) else { return nil }
        return readSlice(length: Int(count))
    }
}

/// The first message of a TLS server.
enum ServerHello {
    /// The cipher suite in the first record that a server sends; `nil` if that is no `ServerHello`.
    ///
    /// - Source: RFC 8446, section 4.1.3.
    static func cipherSuite(in record: ByteBuffer) -> UInt16? {
        let start = record.readerIndex
        guard record.getInteger(at: start, as: UInt8.self) == 22, record.getInteger(at: start + 5, as: UInt8.self) == 2,
            let session = record.getInteger(at: start + sessionLength, as: UInt8.self)
        else { return nil }
        return record.getInteger(at: start + sessionLength + 1 + Int(session))
    }

    /// Record header, message header, version and random.
    private static let sessionLength = 5 + 4 + 2 + 32
}
