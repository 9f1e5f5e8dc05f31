import NIOCore
import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// The bytes of a PROXY protocol header, right or wrong in every part.
struct ProxyBytes {
    var signature = ProxyHeader.signature
    var command: UInt8 = 0x21
    var family: UInt8 = 0x11
    var addresses: [UInt8] = [10, 0, 1, 7, 192, 0, 2, 1, 0xDE, 0xFE, 0, 80]
    var fields: [UInt8] = []
    /// `nil` is the length of the addresses and fields.
    var length: Int?

    static let endpoint = "vpce-0123456789abcdef0"

    static func field(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [type, UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
    }

    static func endpointField(_ id: String = endpoint) -> [UInt8] { field(0xEA, [1] + Array(id.utf8)) }

    var bytes: [UInt8] {
        let length = length ?? addresses.count + fields.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + addresses + fields
    }

    var buffer: ByteBuffer { ByteBuffer(bytes: bytes) }

    /// With a checksum field at the end.
    func checked(by change: UInt32 = 0) -> ByteBuffer {
        var copy = self
        copy.fields += Self.field(3, [0, 0, 0, 0])
        let whole = copy.buffer.readableBytesView
        let sum = ProxyHeader.crc32c(whole, zeroing: 0..<0) ^ change
        var buffer = copy.buffer
        buffer.setInteger(sum, at: buffer.writerIndex - 4)
        return buffer
    }
}

@Suite struct ProxyHeaderTests {
    private static let v4 = ProxyHeader(source: .init(address: .v4(0x0A00_0107), port: 57_086))

    @Test func theClientOfAConnection() {
        #expect(ProxyHeader.read(ProxyBytes().buffer) == .complete(Self.v4, length: 28))
        var v6 = ProxyBytes(family: 0x21)
        v6.addresses =
            [0xFD] + [UInt8](repeating: 0, count: 14) + [7] + [UInt8](repeating: 9, count: 16) + [0, 80, 1, 187]
        #expect(
            ProxyHeader.read(v6.buffer)
                == .complete(.init(source: .init(address: .v6(0xFD << 120 | 7), port: 80)), length: 52))
        var more = ProxyBytes().buffer
        more.writeString("GET / HTTP/1.1\r\n")
        #expect(ProxyHeader.read(more) == .complete(Self.v4, length: 28))
        let own = ProxyBytes(command: 0x20, family: 0, addresses: [1, 2, 3])
        #expect(ProxyHeader.read(own.buffer) == .complete(.init(), length: 19))
    }

    @Test func theVPCEndpointOfAClient() {
        var header = Self.v4
        header.vpcEndpoint = ProxyBytes.endpoint
        let others = ProxyBytes.field(0x02, Array("orders".utf8)) + ProxyBytes.field(0x04, [])
        let endpoint = ProxyBytes.endpointField()
        for fields in [endpoint, others + endpoint, endpoint + others] {
            let bytes = ProxyBytes(fields: fields)
            #expect(ProxyHeader.read(bytes.buffer) == .complete(header, length: bytes.bytes.count))
            #expect(ProxyHeader.read(bytes.checked()) == .complete(header, length: bytes.bytes.count + 7))
            #expect(ProxyHeader.read(bytes.checked(by: 1)) == .failed(.checksum))
        }
        // Another subtype of AWS's field, and one without a subtype.
        for value in [[2, 3], []] as [[UInt8]] {
            let bytes = ProxyBytes(fields: ProxyBytes.field(0xEA, value))
            #expect(ProxyHeader.read(bytes.buffer) == .complete(Self.v4, length: bytes.bytes.count))
        }
    }

    /// "123456789" has a published checksum.
    @Test func theChecksumIsCRC32C() {
        let text = ByteBuffer(string: "123456789").readableBytesView
        #expect(ProxyHeader.crc32c(text, zeroing: 0..<0) == 0xE306_9283)
    }

    private static let refused: [(ProxyBytes, ProxyHeader.Problem)] = [
        (ProxyBytes(signature: Array("PROXY TCP4 1".utf8)), .notProxy),
        (ProxyBytes(signature: Array("GET / HTTP/1".utf8)), .notProxy),
        (ProxyBytes(command: 0x11), .notProxy),
        (ProxyBytes(command: 0x31), .notProxy),
        (ProxyBytes(command: 0x22), .command),
        (ProxyBytes(command: 0x2F), .command),
        (ProxyBytes(family: 0x00), .family),
        (ProxyBytes(family: 0x12), .family),
        (ProxyBytes(family: 0x22), .family),
        (ProxyBytes(family: 0x31), .family),
        (ProxyBytes(addresses: [10, 0, 1, 7]), .truncated),
        (ProxyBytes(family: 0x21), .truncated),
        (ProxyBytes(addresses: []), .truncated),
        (ProxyBytes(length: 2033), .tooLarge),
        (ProxyBytes(length: 65_535), .tooLarge),
        (ProxyBytes(fields: [0xEA]), .truncated),
        (ProxyBytes(fields: [0xEA, 0]), .truncated),
        (ProxyBytes(fields: [0xEA, 0, 9, 1]), .truncated),
        (ProxyBytes(fields: [0xEA, 0xFF, 0xFF, 1]), .truncated),
        (ProxyBytes(fields: ProxyBytes.field(3, [1, 2, 3])), .truncated),
        (ProxyBytes(fields: ProxyBytes.endpointField("")), .vpcEndpoint),
        (ProxyBytes(fields: ProxyBytes.endpointField("vpce-x")), .vpcEndpoint),
        (ProxyBytes(fields: ProxyBytes.endpointField("vpce-0123456789abcdef0\0")), .vpcEndpoint),
        (ProxyBytes(fields: ProxyBytes.endpointField() + ProxyBytes.endpointField()), .vpcEndpoint),
    ]

    @Test(arguments: refused.indices)
    func isRefused(_ index: Int) {
        let (bytes, problem) = Self.refused[index]
        #expect(ProxyHeader.read(bytes.buffer) == .failed(problem))
    }

    @Test func everyBeginningNeedsMore() {
        let whole = ProxyBytes(fields: ProxyBytes.endpointField()).bytes
        for length in whole.indices {
            #expect(ProxyHeader.read(ByteBuffer(bytes: whole.prefix(length))) == .needsMore, "\(length)")
        }
    }

    /// Whatever a peer sends is read within the bound or refused, and never ends the process.
    @Test func anyBytes() {
        let random = SeededRandom(7)
        let whole = ProxyBytes(fields: ProxyBytes.endpointField()).checked()
        for _ in 0..<20_000 {
            var bytes = Array(whole.readableBytesView)
            for _ in 0...Int(random.next() % 4) {
                bytes[12 + Int(random.next() % UInt64(bytes.count - 12))] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
            if case .complete(_, let length) = ProxyHeader.read(ByteBuffer(bytes: bytes)) {
                #expect(length <= min(bytes.count, ProxyHeader.maximumBytes))
            }
        }
    }
}

/// Connections on a listener that is behind a proxy.
@Suite struct ProxyProtocolTests {
    private func connection(
        from address: String = "127.0.0.1", trusted: String = "127.0.0.0/8", port: Int = 80, endpoint: Bool = true
    ) throws -> EmbeddedConnection {
        let blocks = try [#require(CIDRBlock(trusted))]
        let id = try #require(VpcEndpointID(ProxyBytes.endpoint))
        let declared = VpcEndpoint(
            id: id, vpc: "vpc-0a1b2c3d", owner: try #require(AccountID("444455556666")),
            target: .serviceNetwork(Site.id(1)), scope: Site.scope)
        return try EmbeddedConnection(from: address, port: port, firstHandlers: true) { configuration in
            configuration.proxyProtocol = ProxyProtocol(
                ports: [80], trustedPeers: blocks, vpcEndpoints: endpoint ? [id: .endpoint(declared)] : [:])
        }
    }

    private func get(_ header: ByteBuffer) -> ByteBuffer {
        var bytes = header
        bytes.writeString("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
        return bytes
    }

    private func event(_ connection: EmbeddedConnection) throws -> String {
        String(buffer: try #require(connection.invoker.invocations.first).payload)
    }

    @Test func theClientIsWhomTheProxyNames() throws {
        let connection = try connection()
        connection.send(get(ProxyBytes().buffer))
        #expect(try event(connection).contains(#""x-forwarded-for":["10.0.1.7"]"#))
        connection.invoker.answer(0)
        #expect(connection.status() == 200)
        #expect(connection.log.entries.map(\.sourceIPPort) == ["10.0.1.7:57086"])
    }

    @Test func aHeaderMayComeByteByByte() throws {
        let connection = try connection()
        for byte in get(ProxyBytes(fields: ProxyBytes.endpointField()).checked()).readableBytesView {
            connection.send(ByteBuffer(bytes: [byte]))
        }
        connection.invoker.answer(0)
        #expect(connection.status() == 200)
    }

    @Test func aVPCEndpointSaysWhichVPC() throws {
        let connection = try connection()
        connection.send(get(ProxyBytes(fields: ProxyBytes.endpointField()).buffer))
        let arn = "arn:aws:ec2:us-east-1:444455556666:vpc/vpc-0a1b2c3d"
        #expect(try event(connection).contains(#""sourceVpcArn":"\#(arn)""#))
        #expect(try event(connection).contains(#""x-amzn-source-vpc":["vpc-0a1b2c3d"]"#))
        connection.invoker.answer(0)
        #expect(connection.log.entries.map(\.sourceVPCARN) == [arn])
    }

    @Test func anEndpointThatNobodyDeclaredLeadsNowhere() throws {
        let connection = try connection(endpoint: false)
        connection.send(get(ProxyBytes(fields: ProxyBytes.endpointField()).buffer))
        #expect(connection.status() == 404)
    }

    @Test func theProxysOwnConnectionsAreServed() throws {
        let connection = try connection()
        connection.send(get(ProxyBytes(command: 0x20, family: 0, addresses: []).buffer))
        #expect(try event(connection).contains(#""x-forwarded-for":["127.0.0.1"]"#))
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", "PROXY TCP4 10.0.1.7 10.0.1.8 1 2\r\n"])
    func aTrustedPeerMustSendAHeader(_ text: String) throws {
        let connection = try connection()
        connection.send(ByteBuffer(string: text))
        #expect(connection.isClosed)
        #expect(connection.received() == "")
        #expect(connection.invoker.invocations.isEmpty)
    }

    @Test func nobodyElseIsBelieved() throws {
        for connection in [try connection(from: "192.0.2.9"), try connection(port: 81)] {
            connection.send(get(ProxyBytes().buffer))
            #expect(connection.status() == 400)
            #expect(connection.invoker.invocations.isEmpty)
        }
        let direct = try connection(from: "192.0.2.9")
        direct.get()
        #expect(try event(direct).contains(#""x-forwarded-for":["192.0.2.9"]"#))
    }

    @Test func aHeaderMustBeCompleteInTime() throws {
        let connection = try connection()
        connection.send(ByteBuffer(bytes: ProxyBytes().bytes.prefix(20)))
        connection.advance(.seconds(9))
        #expect(!connection.isClosed)
        connection.advance(.seconds(2))
        #expect(connection.isClosed)
    }
}
