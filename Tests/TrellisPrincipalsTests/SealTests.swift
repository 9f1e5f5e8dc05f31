import Foundation
import Testing
import TrellisModel
import TrellisPrincipals

struct SealTests {
    private let seal = ServerSeal(.fresh(at: FixedClock.time, random: CountingRandom()))

    @Test func whatIsSealedOpensForItsOwnerOnly() throws {
        let sealed = try #require(seal.sealSession(Array("claims".utf8), for: "ASIA1"))
        #expect(seal.openSession(sealed, of: "ASIA1") == Array("claims".utf8))
        #expect(seal.openSession(sealed, of: "ASIA2") == nil)
        #expect(seal.openAtRest(sealed, of: "ASIA1") == nil)
        let secret = try #require(seal.sealAtRest("secret", for: "AKIA1"))
        #expect(seal.openAtRest(secret, of: "AKIA1") == "secret")
        #expect(seal.openAtRest(secret, of: "AKIA2") == nil)
        #expect(seal.openSession(secret, of: "AKIA1") == nil)
    }

    @Test func everyChangedCharacterIsNoticed() throws {
        let sealed = try #require(seal.sealSession(Array("some claims".utf8), for: "ASIA1"))
        let characters = Array(sealed)
        for index in characters.indices {
            var changed = characters
            changed[index] = changed[index] == "A" ? "B" : "A"
            #expect(seal.openSession(String(changed), of: "ASIA1") == nil, "character \(index)")
        }
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let sealed = try #require(seal.sealSession(Array("some claims".utf8), for: "ASIA1"))
        let bytes = try #require(Data(base64Encoded: sealed))
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(seal.openSession(changed.base64EncodedString(), of: "ASIA1") == nil, "bit \(bit)")
        }
    }

    @Test(arguments: ["", "A", "AAAA", "not base64!", String(repeating: "A", count: 100_000), "é"])
    func otherTextsAreNothing(_ text: String) {
        #expect(seal.openSession(text, of: "ASIA1") == nil)
        #expect(seal.openAtRest(text, of: "ASIA1") == nil)
    }

    @Test func anotherSpellingOfTheSameBytesIsRefused() throws {
        // The length leaves unused bits in the last character before the padding.
        for length in 1...3 {
            let sealed = try #require(seal.sealSession(Array(repeating: 1, count: length), for: "ASIA1"))
            guard sealed.hasSuffix("=") else { continue }
            let body = sealed.prefix { $0 != "=" }
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
            let last = try #require(body.last)
            let value = try #require(alphabet.firstIndex(of: last))
            let padding = String(repeating: "=", count: sealed.count - body.count)
            let other = body.dropLast() + [alphabet[value ^ 1]] + padding
            #expect(seal.openSession(String(other), of: "ASIA1") == nil)
        }
    }

    @Test func keysAreReplacedInTimeAndKeptAsLongAsTheirTokens() throws {
        let start = FixedClock.time
        let first = SealingKeys.fresh(at: start, random: CountingRandom())
        #expect(first.rotated(at: start.adding(hours: 719), random: CountingRandom()) == first)
        let second = first.rotated(at: start.adding(hours: 720), random: CountingRandom(9))
        #expect(second.sessions.map(\.number) == [1, 2])
        #expect(second.atRest == first.atRest)
        let seal = ServerSeal(first)
        let old = try #require(seal.sealSession([1], for: "ASIA1"))
        seal.replace(second)
        let new = try #require(seal.sealSession([1], for: "ASIA1"))
        #expect(seal.openSession(old, of: "ASIA1") == [1])
        #expect(ServerSeal(first).openSession(new, of: "ASIA1") == nil)
        // The last token of the first key ends 36 hours after the second key was made.
        #expect(second.rotated(at: start.adding(hours: 756), random: CountingRandom()) == second)
        let third = second.rotated(at: start.adding(hours: 757), random: CountingRandom())
        #expect(third.sessions.map(\.number) == [2])
        seal.replace(third)
        #expect(seal.openSession(old, of: "ASIA1") == nil)
    }

    @Test func keysAreNotShown() throws {
        let key = SealingKey(number: 1, createdAt: FixedClock.time, random: CountingRandom())
        var text = ""
        dump(SealingKeys(atRest: key, sessions: [key]), to: &text)
        #expect(!text.contains("\(key.bytes[0]), ") && !"\(key)".contains("bytes") && !text.contains("bytes"))
    }
}
