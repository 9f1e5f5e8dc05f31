import NIOCore

/// The checksum of ISO 3309, as zip and Ethernet have it; eight bytes at a step.
enum CRC32 {
    /// Table `k` at `256 * k`: the checksum of a byte that is followed by `k` zero bytes.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = []
        for index in 0..<UInt32(256) {
            var value = index
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : 0xEDB8_8320 ^ (value >> 1) }
            tables.append(value)
        }
        for index in 256..<(8 * 256) {
            let before = tables[index - 256]
            tables.append(tables[Int(before & 0xFF)] ^ (before >> 8))
        }
        return tables
    }()

    static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { ~update(.max, $0) } }

    static func checksum(_ buffer: ByteBuffer) -> UInt32 { buffer.withUnsafeReadableBytes { ~update(.max, $0) } }

    private static func update(_ start: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { table in
            var value = start
            var index = 0
            while index + 8 <= bytes.count {
                let low = value ^ UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
                let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
                value = combine(table, low, 4) ^ combine(table, high, 0)
                index += 8
            }
            for byte in bytes[index...] { value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
            return value
        }
    }

    /// The four bytes of a word, the last of which has `behind` bytes behind it in the step.
    @inline(__always)
    private static func combine(_ table: UnsafeBufferPointer<UInt32>, _ word: UInt32, _ behind: Int) -> UInt32 {
        let first = table[Int(word & 0xFF) + (behind + 3) * 256]
        let second = table[Int(word >> 8 & 0xFF) + (behind + 2) * 256]
        let third = table[Int(word >> 16 & 0xFF) + (behind + 1) * 256]
        return first ^ second ^ third ^ table[Int(word >> 24) + behind * 256]
    }
}
