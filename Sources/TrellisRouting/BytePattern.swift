import TrellisModel

/// A text to look for, prepared once so that a comparison reads bytes only.
///
/// Letters outside ASCII are compared exactly, also without case.
struct BytePattern: Hashable, Sendable {
    /// In lower case if the comparison ignores case.
    private let bytes: [UInt8]
    private let ignoresCase: Bool

    init(_ text: String, isCaseSensitive: Bool) {
        bytes = isCaseSensitive ? Array(text.utf8) : text.asciiLowercaseBytes
        ignoresCase = !isCaseSensitive
    }

    /// In lower case if the comparison ignores case.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func equals(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count == bytes.count && isPrefix(of: text)
    }

    func isPrefix(of text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= bytes.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for index in bytes.indices where folded(text[index]) != bytes[index] { return false }
            return true
        }
    }

    @inline(__always)
    private func folded(_ byte: UInt8) -> UInt8 { ignoresCase ? asciiLowercase(byte) : byte }
}

/// A text to find anywhere in another one in linear time (Knuth, Morris and Pratt).
///
/// A caller chooses the value that is searched, so the worst case must not be a product of both lengths.
struct ByteSearch: Hashable, Sendable {
    private let bytes: [UInt8]
    private let ignoresCase: Bool
    /// For each position the length of the longest proper prefix that also ends there.
    private let fallback: [Int]

    init(_ text: String, isCaseSensitive: Bool) {
        let bytes = isCaseSensitive ? Array(text.utf8) : text.asciiLowercaseBytes
        self.bytes = bytes
        ignoresCase = !isCaseSensitive
        var fallback = Array(repeating: 0, count: bytes.count)
        var length = 0
        for index in bytes.indices.dropFirst() {
            while length > 0, bytes[index] != bytes[length] { length = fallback[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            fallback[index] = length
        }
        self.fallback = fallback
    }

    /// In lower case if the comparison ignores case.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func occurs(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return true }
        var length = 0
        for byte in text {
            let byte = ignoresCase ? asciiLowercase(byte) : byte
            while length > 0, byte != bytes[length] { length = fallback[length - 1] }
            if byte == bytes[length] { length += 1 }
            if length == bytes.count { return true }
        }
        return false
    }
}
