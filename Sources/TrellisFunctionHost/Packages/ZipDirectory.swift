/// The central directory of a zip archive, read only to refuse what libarchive would silently mend.
///
/// libarchive hands out names as C strings, so that a NUL inside a name would hide the rest of it, and it would skip
/// over encrypted entries only once their data is asked for.
///
/// - Source: PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16.
struct ZipDirectory {
    private static let entrySignature: UInt32 = 0x0201_4B50
    private static let endSignature: UInt32 = 0x0605_4B50
    private static let zip64LocatorSignature: UInt32 = 0x0706_4B50
    private static let zip64EndSignature: UInt32 = 0x0606_4B50
    private static let entryHeaderSize = 46
    private static let endSize = 22
    private static let zip64LocatorSize = 20
    private static let maximumCommentSize = 0xFFFF

    private let bytes: [UInt8]

    /// Walks over all entries.
    ///
    /// - Throws: ``FunctionPackageError/notAZip(reason:)``, `empty`, `tooManyEntries`, and `unsafeEntry` for a name
    ///   with a NUL byte.
    static func check(_ zip: [UInt8], limits: FunctionPackageLimits) throws(FunctionPackageError) {
        try ZipDirectory(bytes: zip).check(limits: limits)
    }

    private func check(limits: FunctionPackageLimits) throws(FunctionPackageError) {
        let end = try endRecord()
        guard end.entries > 0 else { throw .empty }
        guard end.entries <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
        // The directory ends where its end record starts; bytes before the archive shift every stored offset.
        var position = end.position - end.directorySize
        guard position >= 0 else { throw .notAZip(reason: "its directory does not fit in the file") }
        for _ in 0..<end.entries {
            position = try checkEntry(at: position)
        }
    }

    /// - Returns: Where the next entry begins.
    private func checkEntry(at position: Int) throws(FunctionPackageError) -> Int {
        guard read32(position) == Self.entrySignature, let flags = read16(position + 8),
            let nameSize = read16(position + 28), let extraSize = read16(position + 30),
            let commentSize = read16(position + 32)
        else { throw .notAZip(reason: "its directory is damaged") }
        let nameStart = position + Self.entryHeaderSize
        let nameEnd = nameStart + Int(nameSize)
        guard nameEnd <= bytes.count else { throw .notAZip(reason: "its directory is cut off") }
        guard flags & 1 == 0 else { throw .notAZip(reason: "it is encrypted") }
        let name = bytes[nameStart..<nameEnd]
        guard !name.contains(0) else {
            throw .unsafeEntry(name: String(decoding: name, as: UTF8.self), reason: "has a NUL byte in its name")
        }
        return nameEnd + Int(extraSize) + Int(commentSize)
    }

    /// `position` is where the (Zip64) end record begins, right after the directory.
    private func endRecord() throws(FunctionPackageError) -> (entries: Int, directorySize: Int, position: Int) {
        guard let position = endPosition(), let entries = read16(position + 10), let size = read32(position + 12) else {
            throw .notAZip(reason: "it has no directory")
        }
        if entries != .max, size != .max { return (Int(entries), Int(size), position) }
        let locator = position - Self.zip64LocatorSize
        guard read32(locator) == Self.zip64LocatorSignature else { return (Int(entries), Int(size), position) }
        guard let offset = read64(locator + 8).flatMap(Int.init(exactly:)), read32(offset) == Self.zip64EndSignature,
            let manyEntries = read64(offset + 32).flatMap(Int.init(exactly:)),
            let largeSize = read64(offset + 40).flatMap(Int.init(exactly:))
        else { throw .notAZip(reason: "its Zip64 directory is damaged") }
        return (manyEntries, largeSize, offset)
    }

    /// The last end record whose comment reaches exactly to the end of the file.
    private func endPosition() -> Int? {
        let last = bytes.count - Self.endSize
        guard last >= 0 else { return nil }
        let first = max(0, last - Self.maximumCommentSize)
        for position in stride(from: last, through: first, by: -1) where read32(position) == Self.endSignature {
            if let comment = read16(position + 20), position + Self.endSize + Int(comment) == bytes.count {
                return position
            }
        }
        return nil
    }

    private func read16(_ position: Int) -> UInt16? { read(position, bytes: 2).map(UInt16.init(truncatingIfNeeded:)) }
    private func read32(_ position: Int) -> UInt32? { read(position, bytes: 4).map(UInt32.init(truncatingIfNeeded:)) }
    private func read64(_ position: Int) -> UInt64? { read(position, bytes: 8) }

    /// Little-endian; `nil` outside of the file.
    private func read(_ position: Int, bytes count: Int) -> UInt64? {
        guard position >= 0, position <= bytes.count - count else { return nil }
        return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    }
}
