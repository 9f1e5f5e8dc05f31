enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Standard base64 with padding, as AWS shows the hash of a header it does not want to repeat.
    static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var filled = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            filled += 1
            if filled == 3 {
                append(group, characters: 4, to: &output)
                group = 0
                filled = 0
            }
        }
        if filled > 0 {
            append(group << UInt32(8 * (3 - filled)), characters: filled + 1, to: &output)
            output.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - filled))
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ group: UInt32, characters: Int, to output: inout [UInt8]) {
        for position in 0..<characters {
            output.append(alphabet[Int(group >> UInt32(18 - 6 * position) & 0x3F)])
        }
    }
}
