/// Entries of a list chained by equal keys, each chain in order of appearance.
///
/// Built in time linear in the bytes of all keys, because their number is the client's choice. Hashing of many keys is
/// seeded per process, so they cannot be chosen to collide; the order of chains never depends on it.
struct KeyGroups {
    private static let none = -1
    private static let few = 32

    private let keys: UnsafeBufferPointer<Range<Int>>
    private let bytes: UnsafeRawBufferPointer
    private let next: UnsafeMutableBufferPointer<Int>
    /// The last member's index for a first member, `none` for the others.
    private let last: UnsafeMutableBufferPointer<Int>
    /// Open addressing; a power of two in size and at most half full.
    private let slots: UnsafeMutableBufferPointer<Int>

    /// - Parameters:
    ///   - keys: Where each entry's key lies in `bytes`.
    ///   - body: Gets the groups, which are gone when it returns.
    static func withGroups<Result>(
        of keys: UnsafeBufferPointer<Range<Int>>, in bytes: UnsafeRawBufferPointer, _ body: (KeyGroups) -> Result
    ) -> Result {
        let count = keys.count
        let slotCount = 1 << (Int.bitWidth - (count * 2).leadingZeroBitCount)
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: count * 2 + slotCount) { memory in
            memory.initialize(repeating: none)
            let groups = KeyGroups(
                keys: keys, bytes: bytes,
                next: UnsafeMutableBufferPointer(rebasing: memory[0..<count]),
                last: UnsafeMutableBufferPointer(rebasing: memory[count..<(count * 2)]),
                slots: UnsafeMutableBufferPointer(rebasing: memory[(count * 2)..<memory.count]))
            for index in 0..<count { groups.insert(index) }
            return body(groups)
        }
    }

    /// Whether no entry before this one has the same key.
    func isFirst(_ index: Int) -> Bool { last[index] != Self.none }

    /// The last entry with the key of a first one.
    func last(ofFirst index: Int) -> Int { last[index] }

    /// The next entry with the same key.
    func next(after index: Int) -> Int? {
        let following = next[index]
        return following == Self.none ? nil : following
    }

    /// The first entry with the given key.
    func first(matching key: UnsafeRawBufferPointer) -> Int? {
        let found = slots[slot(for: key)]
        return found == Self.none ? nil : found
    }

    private func insert(_ index: Int) {
        let slot = slot(for: key(index))
        let first = slots[slot]
        guard first != Self.none else {
            slots[slot] = index
            last[index] = index
            return
        }
        next[last[first]] = index
        last[first] = index
    }

    /// The slot that holds the first entry with this key, or the empty one where it belongs.
    private func slot(for key: UnsafeRawBufferPointer) -> Int {
        var slot = hash(key) & (slots.count - 1)
        while slots[slot] != Self.none, !areEqual(self.key(slots[slot]), key) {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    /// Few keys cannot do harm by colliding, so theirs is cheap: the length and the last eight bytes.
    private func hash(_ key: UnsafeRawBufferPointer) -> Int {
        guard keys.count <= Self.few else {
            var hasher = Hasher()
            hasher.combine(bytes: key)
            return hasher.finalize()
        }
        var word = UInt64(truncatingIfNeeded: key.count)
        if key.count >= 8 {
            word ^= key.loadUnaligned(fromByteOffset: key.count - 8, as: UInt64.self)
        } else {
            for byte in key { word = word << 8 ^ UInt64(byte) }
        }
        return Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> 32)
    }

    private func key(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[keys[index]])
    }
}

/// Whether two areas hold the same bytes.
func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] { return false }
    return true
}
