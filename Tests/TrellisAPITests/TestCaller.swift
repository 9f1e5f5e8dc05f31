import Testing
import TrellisAPI
import TrellisModel

enum TestCaller {
    static func make() throws -> Caller {
        let account = try #require(AccountID("123456789012"))
        return Caller(
            accessKeyID: "AKIDEXAMPLE", account: account, region: .usEast1, principalARN: account.rootARN,
            userID: account.rawValue)
    }
}

struct FixedClock: WallClock {
    var at: Timestamp
    func now() -> Timestamp { at }
}

struct FixedRandom: RandomSource {
    func next() -> UInt64 { 1 }
}
