import TrellisModel

/// The keys that begin with a prefix, as the half-open interval of UTF-8 bytes that an index can seek.
struct KeyInterval: Hashable, Sendable {
    let lower: [UInt8]
    /// The first byte string that is after every key with the prefix.
    let upper: [UInt8]

    init(prefix: StoreKey) {
        lower = Array(prefix.path.utf8)
        var upper = lower
        // UTF-8 has no byte above 0xF4: adding 1 stays in a byte, and 0xFF is after every key.
        if let last = upper.popLast() {
            upper.append(last &+ 1)
        } else {
            upper.append(0xFF)
        }
        self.upper = upper
    }

    func contains(_ key: StoreKey) -> Bool {
        let bytes = key.path.utf8
        return bytes.withContiguousStorageIfAvailable { $0.starts(with: lower) } ?? bytes.starts(with: lower)
    }
}
