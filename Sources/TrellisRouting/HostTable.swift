import TrellisModel

/// Service slots by host name, compared without case.
///
/// A hash table of small pages: a lookup reads one page whatever the number of names, and a change to a copy
/// duplicates one page and the list of pages.
struct HostTable: Sendable {
    private struct Entry {
        let hash: UInt64
        /// In lower case.
        let name: [UInt8]
        let slot: Int

        func isNamed(_ host: UnsafeBufferPointer<UInt8>) -> Bool {
            guard host.count == name.count else { return false }
            for index in host.indices where asciiLowercase(host[index]) != name[index] { return false }
            return true
        }
    }

    /// The most names per page on average before the number of pages doubles.
    private static let maximumLoad = 4

    /// As many as a power of two.
    private var pages: [[Entry]] = Array(repeating: [], count: 16)
    private(set) var count = 0

    /// The most names that a lookup may have to look at.
    var longestPage: Int { pages.reduce(0) { max($0, $1.count) } }

    func slot(of host: UnsafeBufferPointer<UInt8>) -> Int? {
        let hash = Self.hash(host)
        for entry in pages[pageIndex(hash)] where entry.hash == hash && entry.isNamed(host) { return entry.slot }
        return nil
    }

    /// Binds a name to a slot, or frees it with `nil`.
    mutating func set(_ name: String, to slot: Int?) {
        let bytes = name.asciiLowercaseBytes
        let hash = bytes.withUnsafeBufferPointer(Self.hash)
        let page = pageIndex(hash)
        if let index = pages[page].firstIndex(where: { $0.hash == hash && $0.name == bytes }) {
            pages[page].remove(at: index)
            count -= 1
        }
        guard let slot else { return }
        pages[page].append(Entry(hash: hash, name: bytes, slot: slot))
        count += 1
        if count > pages.count * Self.maximumLoad { grow() }
    }

    private mutating func grow() {
        let entries = pages.joined()
        var larger = HostTable()
        larger.pages = Array(repeating: [], count: pages.count * 4)
        for entry in entries { larger.pages[larger.pageIndex(entry.hash)].append(entry) }
        larger.count = count
        self = larger
    }

    private func pageIndex(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & UInt64(pages.count - 1))
    }

    /// FNV-1a over the bytes in lower case.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(asciiLowercase(byte))) &* 0x100_0000_01B3 }
        return hash
    }
}
