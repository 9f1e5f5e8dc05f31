import Testing
import TrellisTraffic

@Suite struct SecretsTests {
    @Test(arguments: [
        ("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=abc", "AWS4-HMAC-SHA256 [masked]"),
        ("authorization", "Bearer abc def", "Bearer [masked]"),
        ("authorization", "abc", "[masked]"),
        ("authorization", "", "[masked]"),
        ("AUTHORIZATION", String(repeating: "s", count: 40) + " x", "[masked]"),
        ("Proxy-Authorization", "Basic abc", "Basic [masked]"),
        ("cookie", "a=1", "[masked]"),
        ("Set-Cookie", "a=1", "[masked]"),
        ("X-Amz-Security-Token", "abc", "[masked]"),
        ("x-api-key", "abc", "[masked]"),
        ("X-CSRF-Token", "abc", "[masked]"),
        ("x-my-password", "abc", "[masked]"),
        ("x-amz-date", "20260101T000000Z", "20260101T000000Z"),
        ("user-agent", "curl", "curl"),
        ("referer", "http://a/b?access_token=1&c=2", "http://a/b?access_token=[masked]&c=2"),
        ("location", "/cb?code=1", "/cb?code=[masked]"),
        ("x-trace", "a?token=1", "a?token=1"),
    ]) func headers(name: String, value: String, shown: String) {
        #expect(Secrets.masked(value, ofHeader: name) == shown)
    }

    @Test(arguments: [
        ("/orders", "/orders"),
        ("/orders?state=open&x", "/orders?state=open&x"),
        ("/?X-Amz-Signature=abc&X-Amz-Date=1", "/?X-Amz-Signature=[masked]&X-Amz-Date=1"),
        ("/?x-amz-security-token=a%3Db=c", "/?x-amz-security-token=[masked]"),
        ("/?X%2DAmz%2dSignature=abc", "/?X%2DAmz%2dSignature=[masked]"),
        ("/?X-Amz-Credential=AKIA%2F1", "/?X-Amz-Credential=[masked]"),
        ("/?a=1&&token=2&", "/?a=1&&token=[masked]&"),
        ("/?=1&token", "/?=1&token"),
        ("/?%=1&%4=2&%zz=3", "/?%=1&%4=2&%zz=3"),
        ("/?a=?token=1", "/?a=?token=1"),
        ("?", "?"),
        ("", ""),
    ]) func targets(target: String, shown: String) {
        #expect(Secrets.masked(target: target) == shown)
    }
}
