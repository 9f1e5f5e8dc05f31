import Testing

@testable import TrellisModel

@Suite struct AddressAndMatcherTests {
    /// The examples of RFC 5952 and the ends of the ranges.
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::", "::"),
        ("::1", "::1"), ("1::", "1::"), ("0:0:0:1::", "0:0:0:1::"), ("fe80:0:0:0:0:0:0:0", "fe80::"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ])
    func addressHasOneCanonicalText(_ text: String, _ canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        ("10.0.0.1", true), ("127.0.0.1", true), ("fd00::1", true), ("::1", true), ("0.0.0.0", false), ("::", false),
        ("224.0.0.1", false), ("239.255.255.255", false), ("240.0.0.1", true), ("255.255.255.255", false),
        ("ff02::1", false),
    ])
    func unicastIsTheAddressOfOneMachine(_ text: String, _ isUnicast: Bool) throws {
        #expect(try #require(IPAddress(text)).isUnicast == isUnicast)
    }

    @Test(arguments: [
        ("200", [200], [199, 201]), ("200,301", [200, 301], [250, 300]), ("200-299", [200, 250, 299], [300, 199]),
        ("200-200,400-499", [200, 400, 499], [201, 399, 500]),
    ])
    func matcherKnowsItsCodes(_ text: String, _ matching: [Int], _ others: [Int]) throws {
        let matcher = try #require(StatusCodeMatcher(text))
        #expect(matcher.description == text)
        #expect(matching.allSatisfy(matcher.matches))
        #expect(!others.contains(where: matcher.matches))
    }

    @Test(arguments: [
        "", "199", "500", "299-200", "200-", "-200", "200,,201", "200-201-202", "+20", "0200", "２００", "200 ",
    ])
    func textThatIsNoMatcher(_ text: String) {
        #expect(StatusCodeMatcher(text) == nil)
    }
}
