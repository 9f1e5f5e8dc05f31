import Crypto

/// The file name of a log group or stream.
///
/// Letters, digits and `-_.$[]#` stand for themselves, every other byte is written `%XX`. A name that would be too
/// long for a file system is `%%` and its SHA-256; the true name is in the directory's metadata in any case.
enum LogFileName {
    private static let longest = 200

    static func encode(_ name: String) -> String {
        var encoded: [UInt8] = []
        for byte in name.utf8 {
            // Names that begin with a dot are the store's own.
            if isPlain(byte), !(encoded.isEmpty && byte == UInt8(ascii: ".")) {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(digit(byte >> 4))
                encoded.append(digit(byte & 0xF))
            }
        }
        guard encoded.count > longest else { return String(decoding: encoded, as: UTF8.self) }
        let hash = SHA256.hash(data: Array(name.utf8)).flatMap { [digit($0 >> 4), digit($0 & 0xF)] }
        return "%%" + String(decoding: hash, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-_.$[]#".utf8.contains(byte)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
