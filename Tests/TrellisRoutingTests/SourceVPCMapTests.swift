import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct SourceVPCMapTests {
    private static let forms: [(String, IPAddress)] = [
        ("0.0.0.0", .v4(0)), ("127.0.0.1", .v4(0x7F00_0001)), ("255.255.255.255", .v4(.max)),
        ("::", v6(0, 0)), ("::1", v6(0, 1)), ("fd00::", v6(0xFD00_0000_0000_0000, 0)),
        ("1::8", v6(0x0001_0000_0000_0000, 8)), ("1:2:3:4:5:6:7:8", v6(0x0001_0002_0003_0004, 0x0005_0006_0007_0008)),
        ("::ffff:10.0.0.1", .v4(0x0A00_0001)), ("64:ff9b::10.0.0.1", v6(0x0064_ff9b_0000_0000, 0x0A00_0001)),
        ("1:2:3:4:5:6:10.0.0.1", v6(0x0001_0002_0003_0004, 0x0005_0006_0A00_0001)),
        ("FE80::A", v6(0xFE80_0000_0000_0000, 10)),
        ("1:2:3:4:5:6:7::", v6(0x0001_0002_0003_0004, 0x0005_0006_0007_0000)),
    ]

    private static func v6(_ high: UInt64, _ low: UInt64) -> IPAddress { .v6(UInt128(high) << 64 | UInt128(low)) }

    @Test(arguments: forms)
    func addresses(text: String, expected: IPAddress) {
        #expect(IPAddress(text) == expected)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.", "1.2.3.-4", "+1.2.3.4", " 1.2.3.4",
        "1.2.3.4 ",
        ":", ":::", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::",
        "+1::", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::1%eth0", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7",
    ])
    func notAddresses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("128.0.0.1", false), ("::1", true), ("::2", false),
        ("::ffff:127.0.0.1", true),
    ])
    func loopback(text: String, expected: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == expected)
    }

    @Test(arguments: [
        ("10.0.0.7", "vpc-00000001"), ("10.1.0.7", "vpc-00000002"), ("10.1.2.3", "vpc-00000003"),
        ("11.0.0.1", "vpc-00000000"), ("fd00::7", "vpc-00000004"), ("fd00:1::7", "vpc-00000005"), ("fe80::1", nil),
        ("::ffff:10.1.2.3", "vpc-00000003"),
    ])
    func theMostSpecificBlockWins(client: String, vpc: String?) throws {
        let map = try SourceVPCMap([
            ("0.0.0.0/0", "vpc-00000000"), ("10.0.0.0/8", "vpc-00000001"), ("10.1.0.0/16", "vpc-00000002"),
            ("10.1.2.3/32", "vpc-00000003"), ("fd00::/8", "vpc-00000004"), ("fd00:1::7/128", "vpc-00000005"),
        ])
        #expect(map.source(of: try #require(IPAddress(client))) == vpc.map { .vpc($0) })
    }

    @Test func theWholeOfIPv6() throws {
        let map = try SourceVPCMap([("::/0", "vpc-0123456789abcdef0")])
        #expect(map.source(of: .v6(.max)) == .vpc("vpc-0123456789abcdef0"))
        #expect(map.source(of: .v4(1)) == nil)
    }

    @Test func allProblemsAreReportedAtOnce() {
        #expect(
            throws: SourceVPCMap.Problems(problems: [
                .notACIDRBlock("10.0.0.0"), .notACIDRBlock("10.0.0.0/33"), .notACIDRBlock("fd00::/129"),
                .notACIDRBlock("10.0.0.0/-1"), .notACIDRBlock("10.0.0.0/8/8"), .notACIDRBlock("::ffff:10.0.0.0/104"),
                .hostBitsSet("10.0.0.1/8"), .hostBitsSet("fd00::1/64"), .notAVPC("vpc-1"), .notAVPC("VPC-00000000"),
                .duplicate("10.3.0.0/16"),
            ])
        ) {
            try SourceVPCMap([
                ("10.0.0.0", "vpc-00000000"), ("10.0.0.0/33", "vpc-00000000"), ("fd00::/129", "vpc-00000000"),
                ("10.0.0.0/-1", "vpc-00000000"), ("10.0.0.0/8/8", "vpc-00000000"),
                ("::ffff:10.0.0.0/104", "vpc-00000000"), ("10.0.0.1/8", "vpc-00000000"),
                ("fd00::1/64", "vpc-00000000"), ("10.2.0.0/16", "vpc-1"), ("10.3.0.0/16", "VPC-00000000"),
                ("10.3.0.0/16", "vpc-00000000"),
            ])
        }
    }

    @Test func whereAClientStands() throws {
        let map = try SourceVPCMap([("10.0.0.0/8", "vpc-00000001")])
        #expect(SourceVPC(of: .v4(0x0A00_0001), in: nil) == .unrestricted)
        #expect(SourceVPC(of: nil, in: nil) == .unrestricted)
        #expect(SourceVPC(of: .v4(0x0A00_0001), in: map) == .vpc("vpc-00000001"))
        #expect(SourceVPC(of: .v4(0x0B00_0001), in: map) == .unknown)
        #expect(SourceVPC(of: nil, in: map) == .unknown)
        let owned = try SourceVPCMap([("10.0.0.0/8", "vpc-00000001@123456789012")])
        #expect(
            SourceVPC(of: .v4(0x0A00_0001), in: owned)
                == .vpc("vpc-00000001", owner: AccountID("123456789012")))
        #expect(throws: SourceVPCMap.Problems(problems: [.notAnAccount(""), .notAnAccount("1")])) {
            try SourceVPCMap([("10.0.0.0/8", "vpc-00000001@"), ("11.0.0.0/8", "vpc-00000001@1")])
        }
    }
}
