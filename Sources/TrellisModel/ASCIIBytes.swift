/// `A` to `Z` as `a` to `z`, every other byte as it is.
@inlinable
@inline(__always)
package func asciiLowercase(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
}

extension StringProtocol {
    /// The UTF-8 bytes with ASCII letters in lower case.
    package var asciiLowercaseBytes: [UInt8] { utf8.map(asciiLowercase) }

    /// The text with ASCII letters in lower case.
    package var asciiLowercased: String { String(decoding: asciiLowercaseBytes, as: UTF8.self) }

    /// Looks at the UTF-8 bytes in place; only a string that is not stored as UTF-8 is copied first.
    @inlinable
    @inline(__always)
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }
}
