/// A zip archive written byte by byte, so that it can lie where a proper writer would not.
struct CraftedZip {
    struct Entry {
        var name: [UInt8]
        var contents: [UInt8] = []
        /// The Unix mode; `0o100644` is a plain file.
        var mode: UInt32 = 0o100644
        var flags: UInt16 = 0
        /// 0 is stored, 8 deflated.
        var method: UInt16 = 0
        var claimedSize: Int?
        /// 3 is Unix, 0 is MS-DOS.
        var madeBy: UInt16 = 3
        var crc: UInt32?

        init(_ name: String, _ contents: String = "", mode: UInt32 = 0o100644) {
            self.init(bytes: Array(name.utf8), contents, mode: mode)
        }

        init(bytes name: [UInt8], _ contents: String = "", mode: UInt32 = 0o100644) {
            self.name = name
            self.contents = Array(contents.utf8)
            self.mode = mode
        }

        static func link(_ name: String, to target: String) -> Entry { Entry(name, target, mode: 0o120777) }
    }

    var entries: [Entry]
    var claimedEntries: UInt16?

    init(_ entries: [Entry]) { self.entries = entries }

    var bytes: [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let crc = entry.crc ?? Self.crc32(entry.contents)
            let offset = archive.count
            let size = entry.claimedSize ?? entry.contents.count
            let common =
                Self.little(entry.flags) + Self.little(entry.method) + Self.little(UInt32(0x21_0000))
                + Self.little(crc) + Self.little(UInt32(entry.contents.count)) + Self.little(UInt32(size))
                + Self.little(UInt16(entry.name.count)) + Self.little(UInt16(0))
            archive += Self.little(UInt32(0x0403_4B50)) + Self.little(UInt16(20)) + common
            archive += entry.name + entry.contents
            directory += Self.little(UInt32(0x0201_4B50)) + Self.little(entry.madeBy << 8 | 20)
            directory += Self.little(UInt16(20)) + common
            directory += Self.little(UInt16(0)) + Self.little(UInt16(0)) + Self.little(UInt16(0))
            directory += Self.little(entry.mode << 16) + Self.little(UInt32(offset)) + entry.name
        }
        let count = claimedEntries ?? UInt16(entries.count)
        let end =
            Self.little(UInt32(0x0605_4B50)) + Self.little(UInt32(0)) + Self.little(count) + Self.little(count)
            + Self.little(UInt32(directory.count)) + Self.little(UInt32(archive.count)) + Self.little(UInt16(0))
        return archive + directory + end
    }

    private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
