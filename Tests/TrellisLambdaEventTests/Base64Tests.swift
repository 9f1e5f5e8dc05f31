import Foundation
import NIOCore
import Testing
import TrellisLambdaEvent

@Suite("Base64")
struct Base64Tests {
    private func encode(_ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Base64Encoding.encodedLength(of: bytes.count)) {
            output in
            bytes.withUnsafeBytes { Base64Encoding.encode($0, to: output) }
        }
        return String(buffer: buffer)
    }

    private func decode(_ text: String) -> ([UInt8], Base64Decoding.Outcome) {
        var outcome = Base64Decoding.Outcome.decoded(0)
        var buffer = ByteBuffer()
        let room = Base64Decoding.decodedLength(of: text.utf8.count) + 1
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { output in
            outcome = Array(text.utf8).withUnsafeBytes { Base64Decoding.decode($0, to: output) }
            guard case .decoded(let count) = outcome else { return 0 }
            return count
        }
        return (Array(buffer: buffer), outcome)
    }

    @Test(
        "The vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, encoded: String) {
        #expect(encode(Array(plain.utf8)) == encoded)
        let (bytes, outcome) = decode(encoded)
        #expect(bytes == Array(plain.utf8))
        #expect(outcome == .decoded(plain.utf8.count))
    }

    @Test("Every length and random bytes agree with Foundation")
    func random() {
        var generator = SeededGenerator()
        for length in 0..<260 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            let expected = Data(bytes).base64EncodedString()
            #expect(encode(bytes) == expected, "seed \(generator.seed)")
            #expect(decode(expected).0 == bytes, "seed \(generator.seed)")
        }
    }

    @Test(
        "What is not canonical is refused at its place",
        arguments: [
            ("Z", 1), ("Zg", 2), ("Zg=", 3), ("Zm9", 3), ("Zm9vZ", 5), ("=", 0), ("====", 0), ("Z===", 1),
            ("Zg==Zg==", 4), ("Zm8=Zm8=", 4), ("Zg=a", 3), ("Z=g=", 1), ("Zh==", 1), ("Zm9=", 2), ("Zm9v\n", 4),
            (" Zm9v", 0), ("Zm-v", 2), ("Zm_v", 2), ("Zm9vZm9!", 7), ("Zm9véé", 4), ("Zg==\n", 4), ("Zm9vZ=", 5),
        ])
    func refused(text: String, index: Int) {
        #expect(decode(text).1 == .invalid(at: index))
    }

    @Test("Each byte outside the alphabet is refused at each place of a group")
    func alphabet() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for byte in UInt8(0)..<0x80 where !alphabet.contains(byte) && byte != UInt8(ascii: "=") {
            for place in 0..<4 {
                var group = Array("AAAA".utf8)
                group[place] = byte
                #expect(
                    decode(String(decoding: Array("AAAA".utf8) + group, as: UTF8.self)).1 == .invalid(at: 4 + place))
            }
        }
    }
}
