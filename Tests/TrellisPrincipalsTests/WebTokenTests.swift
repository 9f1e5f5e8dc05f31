import Foundation
import Testing
import TrellisPrincipals

/// Texts as tokens; what a right token is, the client tests show with keys of their own.
struct WebTokenTests {
    private static func encoded(_ json: String) -> String {
        Data(json.utf8).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private static func token(_ header: String, _ claims: String, signature: String = "AAAA") -> String {
        "\(encoded(header)).\(encoded(claims)).\(signature)"
    }

    private static let header = #"{"alg":"RS256","kid":"a"}"#
    private static let claims = #"{"iss":"https://i","sub":"s","aud":["a","b"],"exp":1700000000.5,"azp":"p"}"#

    @Test func claimsAreRead() throws {
        let token = try JSONWebToken(parsing: Self.token(Self.header, Self.claims))
        #expect(token.keyID == "a")
        #expect(token.claims.audiences == ["a", "b"])
        #expect(token.claims.expiresAt == 1_700_000_000)
        #expect(token.claims.authorizedParty == "p")
        try token.checkTimes(now: 1_699_999_999)
        #expect(throws: WebTokenError.expired(at: 1_700_000_000, now: 1_700_000_000)) {
            try token.checkTimes(now: 1_700_000_000)
        }
    }

    @Test(arguments: [
        "", ".", "..", "a.b", "a.b.c.d", "e30.e30.AAAA",
        token(header, "{}"), token(header, "[]"), token(header, "null"), token("[]", claims), token("{}", claims),
        token(header, claims, signature: ""), token(header, claims, signature: "A"),
        token(header, claims, signature: "AA=="), token(header, claims, signature: "+/+/"),
        token(#"{"alg":"RS256","crit":["x"]}"#, claims),
        token(header, #"{"iss":"i","sub":"s","aud":"a","exp":-1}"#),
        token(header, #"{"iss":"i","sub":"s","aud":"a","exp":1e400}"#),
        token(header, #"{"iss":"i","sub":"s","aud":7,"exp":1}"#),
        token(header, String(repeating: "[", count: 10_000)),
    ])
    func otherTextsAreMalformed(_ text: String) {
        #expect(throws: WebTokenError.malformed) { try JSONWebToken(parsing: text) }
    }

    @Test(arguments: ["none", "HS256", "RS512", "PS256", "", "rs256"])
    func otherAlgorithmsAreRefused(_ name: String) {
        #expect(throws: WebTokenError.unsupportedAlgorithm(name)) {
            try JSONWebToken(parsing: Self.token("{\"alg\":\"\(name)\"}", Self.claims))
        }
    }

    @Test func keysOfOtherKindsAreLeftOut() throws {
        let text = #"""
            {"keys":[{"kty":"oct","kid":"a","k":"AA"},{"kty":"RSA","kid":"b","n":"AQ","e":"AQAB"},
            {"kty":"EC","crv":"P-521","x":"AA","y":"AA"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},
            {"kty":"EC","crv":"P-256","x":"\#(String(repeating: "A", count: 43))","y":"\#(String(repeating: "A", count: 43))"}]}
            """#
        #expect(try JSONWebKeySet(parsing: Array(text.utf8)).count == 0)
        #expect(throws: (any Error).self) { try JSONWebKeySet(parsing: Array("{}".utf8)) }
    }
}
