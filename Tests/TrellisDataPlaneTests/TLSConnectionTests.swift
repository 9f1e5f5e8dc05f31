import NIOCore
import NIOEmbedded
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

@Suite struct TLSConnectionTests {
    private func connection(
        _ configure: (inout DataPlaneConfiguration) -> Void = { _ in }
    ) throws -> EmbeddedConnection {
        try EmbeddedConnection(port: 443, protocol: .https, configure)
    }

    /// The fatal alert that was written, by its code.
    private func alert(_ connection: EmbeddedConnection) throws -> UInt8? {
        guard let bytes = try connection.channel.readOutbound(as: ByteBuffer.self) else { return nil }
        #expect(Array(bytes.readableBytesView.prefix(6)) == [21, 3, 3, 0, 2, 2])
        return bytes.getInteger(at: bytes.readerIndex + 6)
    }

    private func send(_ bytes: ByteBuffer, to connection: EmbeddedConnection) {
        connection.channel.pipeline.fireChannelRead(bytes)
        connection.channel.pipeline.fireChannelReadComplete()
        connection.eventLoop.run()
    }

    @Test(
        arguments: [
            (HelloBytes(serverName: nil), UInt8(109)), (HelloBytes(serverName: "other.localhost"), 112),
            // The service is there; no certificate is.
            (HelloBytes(), 40), (HelloBytes(serverName: ""), 50),
        ] as [(HelloBytes, UInt8)])
    func alerts(hello: HelloBytes, code: UInt8) throws {
        let connection = try connection()
        send(hello.record, to: connection)
        #expect(try alert(connection) == code)
        #expect(connection.isClosed)
    }

    @Test func whatIsNotTLSGetsNoAnswer() throws {
        let connection = try connection()
        send(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), to: connection)
        #expect(try alert(connection) == nil)
        #expect(connection.isClosed)
    }

    @Test func aServiceThatIsNotServedIsUnknown() throws {
        var site = Site()
        site.apply([.putService(Site.service(1, name: "shop", status: .deleteInProgress))])
        let connection = try EmbeddedConnection(site, port: 443, protocol: .https)
        send(HelloBytes().record, to: connection)
        #expect(try alert(connection) == 112)
    }

    @Test func aHandshakeHasItsTime() throws {
        let connection = try connection()
        let hello = HelloBytes().record
        // A byte each second makes no difference.
        for second in 0..<9 {
            connection.advance(.seconds(1))
            send(hello.getSlice(at: second, length: 1) ?? ByteBuffer(), to: connection)
        }
        #expect(!connection.isClosed)
        connection.advance(.seconds(1))
        #expect(connection.isClosed)
        #expect(try alert(connection) == nil)
    }

    @Test func oneTooManyIsClosedWithoutAWord() throws {
        let connection = try connection { $0.limits.connections = 0 }
        #expect(connection.isClosed)
        #expect(try alert(connection) == nil)
    }

    @Test func shutdownLeavesHandshakesLittleTime() throws {
        let connection = try connection()
        let stopped = connection.state.stop(limit: .hours(1))
        connection.advance(.milliseconds(999))
        #expect(!connection.isClosed)
        connection.advance(.milliseconds(1))
        try #require(connection.isClosed)
        connection.eventLoop.run()
        try stopped.wait()
    }

    @Test func theLogHasABudget() {
        var budget = LogBudget()
        let start = NIODeadline.uptimeNanoseconds(5_000_000_000)
        for _ in 0..<LogBudget.linesPerSecond { #expect(budget.take(start) == 0) }
        for _ in 0..<3 { #expect(budget.take(start + .milliseconds(900)) == nil) }
        #expect(budget.take(start + .seconds(1)) == 3)
        #expect(budget.take(start + .seconds(1)) == 0)
    }
}
