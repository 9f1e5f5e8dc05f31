import Synchronization
import TrellisModel

/// When something was last put below each prefix that ends in a slash, at the latest.
///
/// It answers most conditions that nothing was written below a prefix, without a look at the entries. Prefixes share
/// places, so that what it takes does not grow: an answer may be later than the truth, never earlier.
final class WrittenPrefixes: Sendable {
    /// 128 kB; a page of rules or names has a few, and those above all of them are always written.
    private static let placeCount = 16_384

    private let places: Mutex<[Int64]>

    /// - Parameter revision: The newest one: what was written before is not known.
    init(after revision: Revision) {
        places = Mutex([Int64](repeating: revision.rawValue, count: Self.placeCount))
    }

    /// Called before the change can be read.
    func note(_ changeSet: StoreChangeSet) {
        places.withLock { places in
            for change in changeSet.changes where change.value != nil {
                Self.forEachPrefix(of: change.key) { place, _ in places[place] = changeSet.revision.rawValue }
            }
        }
    }

    /// - Returns: `false` if nothing below the prefix was put after the revision; `true` if something may have been.
    func mayBeWritten(under prefix: StoreKey, since revision: Revision) -> Bool {
        var last: (place: Int, end: Int)?
        Self.forEachPrefix(of: prefix) { last = ($0, $1) }
        guard let last, last.end == prefix.path.utf8.count else { return true }
        return places.withLock { $0[last.place] } > revision.rawValue
    }

    /// - Parameter body: Gets the prefix's place and its length in bytes.
    private static func forEachPrefix(of key: StoreKey, _ body: (_ place: Int, _ end: Int) -> Void) {
        var path = key.path
        path.withUTF8 { path in
            // FNV-1a: good enough to spread names, and each prefix's is on the way to the next one's.
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for (offset, byte) in path.enumerated() {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
                guard byte == UInt8(ascii: "/") else { continue }
                body(Int(truncatingIfNeeded: (hash ^ hash >> 32) % UInt64(placeCount)), offset + 1)
            }
        }
    }
}
