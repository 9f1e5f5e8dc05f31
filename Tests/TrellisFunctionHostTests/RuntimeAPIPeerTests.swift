import Glibc
import NIOCore
import NIOPosix
import SystemPackage
import Testing

@testable import TrellisFunctionHost

@Suite("Who is at the other end of a Runtime API connection", .serialized, .timeLimit(.minutes(5)))
struct RuntimeAPIPeerTests {
    @Test(
        "a line of /proc/net/tcp",
        arguments: [
            ("0: 0100007F:1F90 0100007F:A000 01 00000000:00000000 00:00000000 00000000  1000 0 4711 1 0000", 4_711),
            ("0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4711 1 0000", nil),
            ("0: 0100007F:A000 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000 0 4711 1 0000", nil),
            ("0: 0100007F:1F90 0100007F:A000 01", nil), ("", nil),
            ("0: 0100007F:1F90 0100007F:A000 01 0 0 0 0 0 99999999999 1", nil),
        ] as [(String, UInt32?)])
    func table(line: String, expected: UInt32?) throws {
        let local = try #require(SocketTable.End(SocketAddress(ipAddress: "127.0.0.1", port: 8_080)))
        let remote = try #require(SocketTable.End(SocketAddress(ipAddress: "127.0.0.1", port: 40_960)))
        #expect(SocketTable.inode(inTable: "  sl  local_address rem_address\n  \(line)\n", local, remote) == expected)
    }

    @Test("answers of the kernel that are cut short or about something else are not believed")
    func answers() throws {
        let local = try #require(SocketTable.End(SocketAddress(ipAddress: "127.0.0.1", port: 8_080)))
        let remote = try #require(SocketTable.End(SocketAddress(ipAddress: "127.0.0.1", port: 40_960)))
        for size in [0, 1, 16, 84, 87, 88, 200] {
            #expect(SocketTable.inode(in: [UInt8](repeating: 0, count: size)[...], local, remote) == nil)
        }
    }

    @Test("only the processes below one have its connection")
    func belongs() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        // Before there are connections that it would inherit.
        let other = try sleeper()
        let server = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(server.localAddress)
        let client = try await ClientBootstrap(group: group).connect(to: address).get()
        let peer = try #require(client.localAddress)
        let inode = try #require(SocketTable.inode(local: peer, remote: address))
        #expect(inode != 0)
        let connection = RuntimeAPIPeer(peer: peer, server: address)
        #expect(connection.belongs(to: getpid()))
        #expect(connection.belongs(to: getppid()), "a descendant of it")
        #expect(!connection.belongs(to: other), "another process")
        kill(other, SIGKILL)
        waitpid(other, nil, 0)
        #expect(!RuntimeAPIPeer(peer: address, server: address).belongs(to: getpid()), "no such connection")
        var budget = 0
        #expect(!ProcessTree.hasSocket(inode, process: getpid(), budget: &budget))
        try await client.close()
        try await server.close()
    }

    /// A process that does nothing, the caller's to end.
    private func sleeper() throws -> pid_t {
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("5"), nil]
        defer { for argument in arguments { free(argument) } }
        try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &arguments, nil) == 0)
        return process
    }
}
