import Testing
import TrellisFunctionHost
import TrellisModel

@Suite struct TraceHeaderTests {
    private struct Ones: RandomSource {
        func next() -> UInt64 { 0x1111_2222_3333_4444 }
    }

    private func text(_ caller: String?) -> String {
        TraceHeader(
            continuing: caller, at: Timestamp(millisecondsSinceEpoch: 0x5759_E988 * 1000), random: Ones()
        ).text
    }

    private static let made = "Root=1-5759e988-111122223333444411112222;Parent=1111222233334444;Sampled=0"
    private static let root = "Root=1-5759e988-bd862e3fe1be46a994272793"

    @Test(arguments: [
        nil, "", "traceparent", "Root=", "Root=1-5759e988", "Root=2-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e98g-bd862e3fe1be46a994272793", "root=1-5759e988-bd862e3fe1be46a994272793",
        Self.root + ";x=" + String(repeating: "x", count: 600),
    ])
    func whatIsNoTraceBeginsOne(caller: String?) {
        #expect(text(caller) == Self.made)
    }

    @Test(arguments: [
        (Self.root, ";Parent=1111222233334444;Sampled=0"),
        (Self.root + ";Sampled=1", ";Parent=1111222233334444"),
        (Self.root + ";Parent=53995c3f42cd8ad8", ";Sampled=0"),
        ("Self=1-5759e988-000000000000000000000000; " + Self.root + ";Parent=53995c3f42cd8ad8;Sampled=1", ""),
    ])
    func aTraceGoesOn(caller: String, added: String) {
        #expect(text(caller) == caller + added)
    }
}
