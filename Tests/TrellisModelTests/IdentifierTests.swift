import Testing
import TrellisModel

@Suite struct IdentifierTests {
    struct Counting: RandomSource {
        func next() -> UInt64 { 0x0123_4567_89AB_CDEF }
    }

    struct Standing: WallClock {
        func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: 1_700_000_000_000) }
    }

    @Test(arguments: ["svc-0123456789abcdef0", "svc-zzzzzzzzzzzzzzzzz"])
    func anIDOfTheModelsFormIsAccepted(text: String) {
        #expect(ServiceID(text)?.rawValue == text)
    }

    @Test(arguments: [
        "", "svc-", "svc-0123456789abcdef", "svc-0123456789abcdef01", "svc-0123456789ABCDEF0",
        "sn-0123456789abcdef00", "SVC-0123456789abcdef0", "svc-0123456789abcdé0",
    ])
    func anyOtherTextIsNoID(text: String) {
        #expect(ServiceID(text) == nil)
    }

    @Test func newIDsHaveTheFormOfAWS() {
        let ids = ResourceIDSource(clock: Standing(), random: Counting())
        #expect(
            TargetGroupID(from: ids).rawValue == "tg-018bcfe5680001234"
                && TargetGroupID(from: ids).rawValue == "tg-018bcfe5680001235")
        #expect(Counting().uuid() == "01234567-89ab-4def-8123-456789abcdef")
    }

    @Test(arguments: [
        ("arn:aws:lambda:us-east-1:123456789012:function:f", nil),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", Qualifier.latest),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:7", Qualifier.version(7)),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:live", Qualifier.alias("live")),
    ])
    func aFunctionARNIsReadAndWritten(text: String, qualifier: Qualifier?) throws {
        let arn = try #require(FunctionARN(text))
        #expect(arn.qualifier == qualifier)
        #expect(arn.description == text)
    }

    @Test(arguments: [
        "arn:aws:lambda:us-east-1:123456789012:function", "arn:aws:lambda:us-east-1:12345678901:function:f",
        "arn:aws:lambda::123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:",
        "arn:aws:lambda:us-east-1:123456789012:function:f:0", "arn:aws:lambda:us-east-1:123456789012:function:f:a:b",
        "arn:aws:lambda:us-east-1:123456789012:function:f:99999999999999999999", "arn:aws:s3:::bucket", "f", "",
    ])
    func anythingElseIsNoFunctionARN(text: String) {
        #expect(FunctionARN(text) == nil)
    }

    @Test func keysOfOneParentAreOneRange() throws {
        let scope = Scope(account: try #require(AccountID("123456789012")), region: .usEast1)
        let service = try #require(ServiceID("svc-0123456789abcdef0"))
        let listener = try #require(ListenerID("listener-0123456789abcdef0"))
        let key = StoreKey.listener(listener, of: service, in: scope)
        let range = StoreKey.all(.listener, in: scope, under: service.rawValue)
        #expect(key.path == "/123456789012/us-east-1/listener/\(service)/\(listener)")
        #expect(key.path.hasPrefix(range.path))
    }

    @Test func targetKeysHoldNoSlashOfTheirID() throws {
        let scope = Scope(account: try #require(AccountID("123456789012")), region: .usEast1)
        let group = try #require(TargetGroupID("tg-0123456789abcdef0"))
        let key = StoreKey.target("arn:x/y", port: 80, of: group, in: scope)
        #expect(key.components.count == 5)
        #expect(key.components.last == "arn:x%2Fy@80")
    }

    @Test func versionsSortByNumber() throws {
        let scope = Scope(account: try #require(AccountID("123456789012")), region: .usEast1)
        let name = try #require(FunctionName("f"))
        #expect(StoreKey.functionVersion(9, of: name, in: scope) < StoreKey.functionVersion(10, of: name, in: scope))
    }
}
