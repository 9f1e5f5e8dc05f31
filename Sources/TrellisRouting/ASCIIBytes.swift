/// `A` to `Z` as `a` to `z`, every other byte as it is.
@inline(__always)
func asciiLowercase(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
}

extension String {
    /// The UTF-8 bytes with ASCII letters in lower case.
    var asciiLowercaseBytes: [UInt8] { utf8.map(asciiLowercase) }

    /// Looks at the UTF-8 bytes in place; only a string that is not stored as UTF-8 is copied first.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }
}
