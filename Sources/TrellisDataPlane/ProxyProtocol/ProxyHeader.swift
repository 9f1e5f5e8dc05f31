import NIOCore
import TrellisModel

/// What a proxy in front of a listener says about the client of a connection: the PROXY protocol, version 2.
///
/// Bytes: a signature of twelve, version and command, family and protocol, the length of the rest, addresses and ports,
/// then fields of a type, a length of two bytes and a value. Version 1, which is text, is not read.
///
/// - Source: "The PROXY protocol", section 2.2; Elastic Load Balancing guide, "Proxy protocol", for the field of AWS.
struct ProxyHeader: Equatable {
    /// The client and the port it used; `nil` for a connection that the proxy made for itself.
    var source: Source?
    /// The VPC endpoint that the client came by, `vpce-…`.
    var vpcEndpoint: String?

    struct Source: Equatable {
        var address: IPAddress
        var port: UInt16
    }

    enum Reading: Equatable {
        case needsMore
        /// - Parameter length: How many bytes the header takes.
        case complete(ProxyHeader, length: Int)
        case failed(Problem)
    }

    enum Problem: String, Error {
        case notProxy = "the connection does not begin with a PROXY protocol header of version 2"
        case command = "its command is neither LOCAL nor PROXY"
        case family = "it does not describe a TCP connection over IPv4 or IPv6"
        case tooLarge = "it is too large"
        case truncated = "its addresses or fields do not fit its length"
        case checksum = "its checksum is wrong"
        case vpcEndpoint = "its VPC endpoint is malformed or repeated"
    }

    /// The largest header that is read, in bytes; proxies that pass on certificate fields write some hundred.
    static let maximumBytes = 2048

    static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let fixedLength = 16

    /// Reads the header from the beginning of a connection.
    static func read(_ bytes: ByteBuffer) -> Reading {
        let view = bytes.readableBytesView
        guard zip(view, signature).allSatisfy(==) else { return .failed(.notProxy) }
        guard view.count >= fixedLength,
            let command = bytes.getInteger(at: bytes.readerIndex + 12, as: UInt8.self),
            let family = bytes.getInteger(at: bytes.readerIndex + 13, as: UInt8.self),
            let length = bytes.getInteger(at: bytes.readerIndex + 14, as: UInt16.self)
        else { return .needsMore }
        guard command >> 4 == 2 else { return .failed(.notProxy) }
        let total = fixedLength + Int(length)
        guard total <= maximumBytes else { return .failed(.tooLarge) }
        guard view.count >= total else { return .needsMore }
        do throws(Problem) {
            var body = bytes.getSlice(at: bytes.readerIndex + fixedLength, length: Int(length)) ?? ByteBuffer()
            var header = ProxyHeader()
            switch command & 0x0F {
            case 0:
                // What follows is to be ignored, fields too: the proxy looks whether the listener is well.
                return .complete(header, length: total)
            case 1:
                header.source = try source(family, &body)
            default:
                throw .command
            }
            let all = bytes.getSlice(at: bytes.readerIndex, length: total) ?? ByteBuffer()
            header.vpcEndpoint = try vpcEndpoint(fields: &body, of: all)
            return .complete(header, length: total)
        } catch {
            return .failed(error)
        }
    }

    /// The client's address and port; the proxy's own follow and say nothing new.
    private static func source(_ family: UInt8, _ body: inout ByteBuffer) throws(Problem) -> Source {
        switch family {
        case 0x11:
            guard let client = body.readInteger(as: UInt32.self), body.readInteger(as: UInt32.self) != nil,
                let port = body.readInteger(as: UInt16.self), body.readInteger(as: UInt16.self) != nil
            else { throw .truncated }
            return Source(address: .v4(client), port: port)
        case 0x21:
            guard let high = body.readInteger(as: UInt64.self), let low = body.readInteger(as: UInt64.self),
                body.readInteger(as: UInt64.self) != nil, body.readInteger(as: UInt64.self) != nil,
                let port = body.readInteger(as: UInt16.self), body.readInteger(as: UInt16.self) != nil
            else { throw .truncated }
            return Source(address: IPAddress(v6: UInt128(high) << 64 | UInt128(low)), port: port)
        default:
            throw .family
        }
    }

    // MARK: Fields

    private enum Field {
        static let checksum: UInt8 = 0x03
        static let aws: UInt8 = 0xEA
        /// The first byte of the value of AWS's field.
        static let awsVPCEndpoint: UInt8 = 0x01
    }

    private static func vpcEndpoint(fields: inout ByteBuffer, of header: ByteBuffer) throws(Problem) -> String? {
        var endpoint: String?
        while let type = fields.readInteger(as: UInt8.self) {
            guard let length = fields.readInteger(as: UInt16.self), var value = fields.readSlice(length: Int(length))
            else { throw .truncated }
            switch type {
            case Field.checksum:
                let offset = header.readableBytes - fields.readableBytes - value.readableBytes
                guard value.readableBytes == 4, let expected = value.readInteger(as: UInt32.self) else {
                    throw .truncated
                }
                guard crc32c(header.readableBytesView, zeroing: offset..<offset + 4) == expected else {
                    throw .checksum
                }
            case Field.aws where value.getInteger(at: value.readerIndex, as: UInt8.self) == Field.awsVPCEndpoint:
                value.moveReaderIndex(forwardBy: 1)
                let text = String(buffer: value)
                guard endpoint == nil, VpcEndpointID(text) != nil else { throw .vpcEndpoint }
                endpoint = text
            default:
                break
            }
        }
        return endpoint
    }

    /// The checksum of a header, computed as if its own bytes were zero.
    ///
    /// - Source: RFC 4960, appendix B.
    static func crc32c(_ bytes: ByteBufferView, zeroing range: Range<Int>) -> UInt32 {
        var checksum = UInt32.max
        for (offset, byte) in bytes.enumerated() {
            checksum ^= range.contains(offset) ? 0 : UInt32(byte)
            for _ in 0..<8 {
                checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0x82F6_3B78 : checksum >> 1
            }
        }
        return ~checksum
    }
}
