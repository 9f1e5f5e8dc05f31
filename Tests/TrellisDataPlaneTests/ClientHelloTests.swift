import NIOCore
import Testing

@testable import TrellisDataPlane

@Suite struct ClientHelloTests {
    @Test func everythingThatCounts() {
        let hello = ClientHello(serverName: "shop.localhost", cipherSuites: [0x1301, 0xC02F], offersTLS13: true)
        #expect(ClientHello.read(HelloBytes(serverName: "Shop.LOCALHOST").record) == .complete(hello))
        let older = HelloBytes(serverName: nil, suites: [0xC013], versions: nil)
        #expect(ClientHello.read(older.record) == .complete(ClientHello(cipherSuites: [0xC013])))
        #expect(
            ClientHello.read(HelloBytes(versions: [0x0303]).record)
                == .complete(
                    ClientHello(serverName: "shop.localhost", cipherSuites: [0x1301, 0xC02F])))
    }

    @Test func noExtensionsAtAll() {
        var bytes = HelloBytes()
        bytes.hasExtensions = false
        #expect(ClientHello.read(bytes.record) == .complete(ClientHello(cipherSuites: [0x1301, 0xC02F])))
    }

    @Test func everyPrefixNeedsMore() {
        let whole = HelloBytes().record
        for length in 0..<whole.readableBytes {
            #expect(ClientHello.read(whole.getSlice(at: 0, length: length) ?? ByteBuffer()) == .needsMore)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 50]) func overSeveralRecords(size: Int) {
        let expected = ClientHello.read(HelloBytes().record)
        var message = HelloBytes().message
        var records = ByteBuffer()
        while message.readableBytes > 0, var part = message.readSlice(length: min(size, message.readableBytes)) {
            records.writeBytes([22, 3, 1, 0, UInt8(part.readableBytes)])
            records.writeBuffer(&part)
        }
        #expect(ClientHello.read(records) == expected)
        // What follows is not looked at.
        records.writeBytes([1, 2, 3])
        #expect(ClientHello.read(records) == expected)
    }

    @Test(
        arguments: [
            ([0x47], ClientHello.Problem.notTLS), ([22, 2], .notTLS), ([22, 3, 1, 0, 0], .malformed),
            ([22, 3, 1, 0x40, 1], .malformed), ([22, 3, 1, 0, 4, 2], .malformed),
            ([22, 3, 1, 0, 4, 2, 0, 0, 0], .malformed),
            ([22, 3, 1, 0, 4, 1, 0, 0x80, 1], .tooLarge), ([22, 3, 1, 0, 1, 1, 21], .malformed),
            ([22, 3, 1, 0, 4, 1, 0, 0, 0], .malformed),
        ] as [([UInt8], ClientHello.Problem)])
    func whatIsNoHello(bytes: [UInt8], problem: ClientHello.Problem) {
        #expect(ClientHello.read(ByteBuffer(bytes: bytes)) == .failed(problem))
    }

    @Test(arguments: ["", "a b", "a/b", "ä.example", "a\0", String(repeating: "a", count: 254)])
    func namesThatAreNone(name: String) {
        #expect(ClientHello.read(HelloBytes(serverName: name).record) == .failed(.malformed))
    }

    @Test func twoNames() {
        var bytes = HelloBytes()
        bytes.repeatsServerName = true
        #expect(ClientHello.read(bytes.record) == .failed(.malformed))
    }

    /// Changed bytes are read as something, or refused.
    @Test func mutations() {
        let random = SeededRandom()
        let whole = Array(HelloBytes().record.readableBytesView)
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0...(random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = ClientHello.read(ByteBuffer(bytes: bytes))
        }
    }

    /// However a message comes, damaged or not, it is read as if it came at once.
    @Test func piecesAndDamage() {
        let random = SeededRandom()
        for round in 0..<4000 {
            var message = HelloBytes(serverName: round.isMultiple(of: 2) ? "shop.localhost" : nil).message
            var records = ByteBuffer()
            while message.readableBytes > 0,
                var part = message.readSlice(length: min(1 + Int(random.next() % 90), message.readableBytes))
            {
                records.writeBytes([22, 3, 1, 0, UInt8(part.readableBytes)])
                records.writeBuffer(&part)
            }
            for _ in 0..<(random.next() % 3) {
                let index = Int(random.next() % UInt64(records.readableBytes))
                records.setInteger(UInt8(truncatingIfNeeded: random.next()), at: index)
            }
            let whole = ClientHello.read(records)
            var reader = ClientHelloReader()
            var reading = ClientHello.Reading.needsMore
            var rest = records
            while reading == .needsMore, rest.readableBytes > 0 {
                let length = min(1 + Int(random.next() % 7), rest.readableBytes)
                reading = reader.read(rest.readSlice(length: length) ?? ByteBuffer())
            }
            #expect(reading == whole)
        }
    }

    @Test func theServersSuite() {
        var hello = ByteBuffer(bytes: [22, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3] + [UInt8](repeating: 7, count: 32))
        hello.writeBytes([2, 1, 1, 0xC0, 0x2F])
        #expect(ServerHello.cipherSuite(in: hello) == 0xC02F)
        for length in 0..<hello.readableBytes {
            #expect(ServerHello.cipherSuite(in: hello.getSlice(at: 0, length: length) ?? ByteBuffer()) == nil)
        }
        #expect(ServerHello.cipherSuite(in: ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, 40])) == nil)
    }
}

@Suite struct CipherSuiteTests {
    @Test(
        arguments: [
            ([0xC030, 0xC02F], "ECDHE-RSA-AES128-GCM-SHA256"), ([0xC014, 0xC030], "ECDHE-RSA-AES256-GCM-SHA384"),
            ([0x0035, 0x002F], "AES128-SHA"), ([0x1301, 0xC02B], nil), ([], nil),
        ] as [([UInt16], String?)])
    func theServersOrderDecides(offered: [UInt16], chosen: String?) {
        #expect(CipherSuite.choose(from: offered)?.name == chosen)
    }

    @Test func onlyForwardSecrecyWithAuthenticationSpeaksHTTP2() {
        #expect(CipherSuite.allCases.filter(\.allowsHTTP2) == [.ecdheAES128GCM, .ecdheAES256GCM])
        #expect(CipherSuite.name(of: 0x1302) == "TLS_AES_256_GCM_SHA384")
        #expect(CipherSuite.name(of: 0) == nil)
    }
}

/// A first message as a client would write it.
struct HelloBytes {
    var serverName: String? = "shop.localhost"
    var suites: [UInt16] = [0x1301, 0xC02F]
    /// `nil` leaves the extension out.
    var versions: [UInt16]? = [0x0304, 0x0303]
    var hasExtensions = true
    var repeatsServerName = false

    var record: ByteBuffer {
        var message = message
        var record = ByteBuffer(bytes: [22, 3, 1])
        record.writeInteger(UInt16(message.readableBytes))
        record.writeBuffer(&message)
        return record
    }

    var message: ByteBuffer {
        var body = ByteBuffer(bytes: [3, 3] + [UInt8](repeating: 9, count: 32) + [2, 8, 8])
        body.writeInteger(UInt16(suites.count * 2))
        for suite in suites { body.writeInteger(suite) }
        body.writeBytes([1, 0])
        if hasExtensions {
            var extensions = extensions
            body.writeInteger(UInt16(extensions.readableBytes))
            body.writeBuffer(&extensions)
        }
        var message = ByteBuffer(bytes: [1, 0])
        message.writeInteger(UInt16(body.readableBytes))
        message.writeBuffer(&body)
        return message
    }

    private var extensions: ByteBuffer {
        // One that nobody looks at.
        var extensions = ByteBuffer(bytes: [0, 23, 0, 0])
        if let serverName {
            let name = Array(serverName.utf8)
            for _ in 0...(repeatsServerName ? 1 : 0) {
                extensions.writeInteger(UInt16(0))
                extensions.writeInteger(UInt16(name.count + 5))
                extensions.writeInteger(UInt16(name.count + 3))
                extensions.writeInteger(UInt8(0))
                extensions.writeInteger(UInt16(name.count))
                extensions.writeBytes(name)
            }
        }
        if let versions {
            extensions.writeInteger(UInt16(43))
            extensions.writeInteger(UInt16(versions.count * 2 + 1))
            extensions.writeInteger(UInt8(versions.count * 2))
            for version in versions { extensions.writeInteger(version) }
        }
        return extensions
    }
}
