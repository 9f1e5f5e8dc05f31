import TrellisModel

/// What most requests fail of a rule's match, in a few words that lie beside those of the other rules: so that a
/// listener with many rules looks closely at few of them.
///
/// A filter never keeps a request from a rule that it matches.
struct RuleFilter: Hashable, Sendable {
    /// The last bytes of the path to compare, up to eight, in lower case; the rest of the word is 0.
    private var word: UInt64 = 0
    /// Which bytes of the word count.
    private var mask: UInt64 = 0
    /// Where in the path the word lies.
    private var offset = 0
    /// Of the path to compare, in bytes.
    private var length = 0
    private var isExact = false
    private var headerNames = HeaderNameSet()

    /// - Parameters:
    ///   - path: What a request's path must begin with or be; `nil` takes any.
    ///   - headerNames: All of them must be among a request's.
    init(path: (text: String, isExact: Bool)?, headerNames: [String]) {
        for name in headerNames { self.headerNames.insert(name) }
        guard let path else { return }
        let bytes = path.text.asciiLowercaseBytes
        length = bytes.count
        isExact = path.isExact
        offset = max(0, length - 8)
        for (index, byte) in bytes[offset...].enumerated() {
            word |= UInt64(byte) << UInt64(8 * index)
            mask |= 0xFF << UInt64(8 * index)
        }
    }

    var needsHeaderNames: Bool { !headerNames.isEmpty }

    @inline(__always)
    func admits(_ path: FoldedPath, _ names: HeaderNameSet) -> Bool {
        guard isExact ? path.count == length : path.count >= length else { return false }
        return (path.word(at: offset) ^ word) & mask == 0 && names.isSuperset(of: headerNames)
    }
}

/// The path of a request in lower case, with what a word at its end needs behind it.
struct FoldedPath {
    private let bytes: UnsafeRawBufferPointer
    let count: Int

    private static let padding = 8

    /// - Parameter path: Without the query.
    static func with<Result>(_ path: UnsafeBufferPointer<UInt8>, _ body: (FoldedPath) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: path.count + padding, alignment: 8) { buffer in
            for index in path.indices { buffer[index] = asciiLowercase(path[index]) }
            for index in path.count..<buffer.count { buffer[index] = 0 }
            return body(FoldedPath(bytes: UnsafeRawBufferPointer(buffer), count: path.count))
        }
    }

    /// - Parameter offset: At most ``count``.
    @inline(__always)
    fileprivate func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

/// Names of headers, some of which share a bit.
struct HeaderNameSet: Hashable, Sendable {
    private var bits: UInt64 = 0

    var isEmpty: Bool { bits == 0 }

    mutating func insert(_ name: String) {
        let bytes = name.utf8
        guard let first = bytes.first, let last = bytes.last else { return }
        let value = UInt(asciiLowercase(first)) &* 5 &+ UInt(asciiLowercase(last)) &* 11 &+ UInt(bytes.count) &* 17
        bits |= 1 << UInt64(value & 63)
    }

    func isSuperset(of other: HeaderNameSet) -> Bool { bits & other.bits == other.bits }
}
