import Testing

@testable import TrellisSignature

@Suite struct AuthorizationHeaderCacheTests {
    private static let beginning =
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/vpc-lattice-svcs/aws4_request, "
        + "SignedHeaders=host;x-amz-date, Signature="
    private static let digits = String(repeating: "0a", count: 32)
    private static let otherDigits = String(repeating: "f1", count: 32)

    private func cache(of text: String) throws -> AuthorizationHeaderCache {
        var cache = AuthorizationHeaderCache(capacity: 4)
        cache.keep(try AuthorizationHeader(parsing: text), of: text)
        return cache
    }

    @Test func aHeaderWithAnotherSignatureNeedsNoReading() throws {
        let text = Self.beginning + Self.otherDigits
        let known = try cache(of: Self.beginning + Self.digits).header(like: text)
        let read = try AuthorizationHeader(parsing: text)
        #expect(known == read)
    }

    @Test(arguments: [
        beginning + otherDigits.dropLast(), beginning + otherDigits.uppercased(), beginning + otherDigits + " ",
        beginning + otherDigits + ", x=1", beginning.replacing("host;", with: "host;range;") + otherDigits,
        beginning.replacing("AKID", with: "AKIE") + otherDigits, otherDigits, "",
    ])
    func whatIsNotTheSameIsReadAnew(text: String) throws {
        #expect(try cache(of: Self.beginning + Self.digits).header(like: text) == nil)
    }

    /// Where the digits at the end are not the signature, another text with the same beginning says another thing.
    @Test func whatEndsWithAnotherParameterIsNotKept() throws {
        let beginning = Self.beginning + Self.digits + ", XSignature="
        #expect(try cache(of: beginning + Self.digits).header(like: beginning + Self.otherDigits) == nil)
    }

    @Test func noMoreIsKeptThanThereIsRoomFor() throws {
        var cache = AuthorizationHeaderCache(capacity: 2)
        let texts = ["A", "B", "C"].map { Self.beginning.replacing("AKID", with: $0) + Self.digits }
        for text in texts { cache.keep(try AuthorizationHeader(parsing: text), of: text) }
        #expect(texts.map { cache.header(like: $0) != nil } == [false, false, true])
    }
}
