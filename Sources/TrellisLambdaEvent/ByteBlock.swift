/// Sixty-four bytes looked at together, as four vectors of sixteen.
///
/// Every operation is between two vectors: with a number on one side, the compiler goes through the elements one by one.
struct ByteBlock {
    typealias Vector = SIMD16<UInt8>

    static let count = 64
    /// How many bytes there must be from a block's beginning on for the users of ``copyRun(_:from:to:at:count:)``.
    static let lookahead = count + runSize

    /// The most bytes that ``copyRun(_:from:to:at:count:)`` reads and writes beyond a run.
    static let runSize = 2 * vectorSize

    private static let vectorSize = 16

    private let first: Vector
    private let second: Vector
    private let third: Vector
    private let fourth: Vector

    /// - Parameter index: At least ``count`` bytes before the end.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        first = bytes.loadUnaligned(fromByteOffset: index, as: Vector.self)
        second = bytes.loadUnaligned(fromByteOffset: index &+ Self.vectorSize, as: Vector.self)
        third = bytes.loadUnaligned(fromByteOffset: index &+ 2 * Self.vectorSize, as: Vector.self)
        fourth = bytes.loadUnaligned(fromByteOffset: index &+ 3 * Self.vectorSize, as: Vector.self)
    }

    @inline(__always)
    private init(_ first: Vector, _ second: Vector, _ third: Vector, _ fourth: Vector) {
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    /// - Parameter index: At least ``count`` bytes before the end.
    @inline(__always)
    func store(to output: UnsafeMutableRawBufferPointer, at index: Int) {
        output.storeBytes(of: first, toByteOffset: index, as: Vector.self)
        output.storeBytes(of: second, toByteOffset: index &+ Self.vectorSize, as: Vector.self)
        output.storeBytes(of: third, toByteOffset: index &+ 2 * Self.vectorSize, as: Vector.self)
        output.storeBytes(of: fourth, toByteOffset: index &+ 3 * Self.vectorSize, as: Vector.self)
    }

    /// Copies a run of bytes, up to ``runSize`` more than asked for, so that most runs need no loop.
    ///
    /// - Parameter count: At most a block's; indices this small cannot overflow.
    @inline(__always)
    static func copyRun(
        _ input: UnsafeRawBufferPointer, from source: Int, to output: UnsafeMutableRawBufferPointer, at target: Int,
        count: Int
    ) {
        var copied = 0
        repeat {
            let first = input.loadUnaligned(fromByteOffset: source &+ copied, as: Vector.self)
            let second = input.loadUnaligned(fromByteOffset: source &+ copied &+ vectorSize, as: Vector.self)
            output.storeBytes(of: first, toByteOffset: target &+ copied, as: Vector.self)
            output.storeBytes(of: second, toByteOffset: target &+ copied &+ vectorSize, as: Vector.self)
            copied &+= runSize
        } while copied < count
    }

    // MARK: Marks

    /// Marks the bytes that a JSON string cannot hold as they are: control characters, `"` and `\`.
    @inline(__always)
    var specialInJSON: Marks {
        marks { bytes in
            // One comparison for two: the exclusive or takes `"` to 0x20 and leaves control characters below it.
            let moved = bytes ^ Vector(repeating: 0x02)
            return Vector(moved .<= Vector(repeating: 0x20)) | bytes.equals(0x5C)
        }
    }

    /// Marks backslashes.
    @inline(__always)
    var backslashes: Marks { marks { $0.equals(0x5C) } }

    /// Marks double quotes.
    @inline(__always)
    var quotes: Marks { marks { $0.equals(0x22) } }

    /// Marks control characters.
    @inline(__always)
    var controls: Marks { marks { Vector($0 .< Vector(repeating: 0x20)) } }

    @inline(__always)
    var isASCII: Bool { (first | second | third | fourth).words & 0x8080_8080_8080_8080 == 0 }

    /// Which bytes of a block something is true of.
    struct Marks {
        fileprivate let block: ByteBlock

        @inline(__always)
        var isEmpty: Bool { (block.first | block.second | block.third | block.fourth).words == 0 }

        /// One bit for each byte, that of the first byte the lowest.
        @inline(__always)
        var bits: UInt64 {
            block.first.bits | block.second.bits << 16 | block.third.bits << 32 | block.fourth.bits << 48
        }
    }

    @inline(__always)
    private func marks(_ transform: (Vector) -> Vector) -> Marks {
        Marks(block: ByteBlock(transform(first), transform(second), transform(third), transform(fourth)))
    }
}

extension ByteBlock {
    /// How many of the next ``count`` bytes make whole characters of UTF-8, or `nil` if some of them are ill-formed.
    ///
    /// - Parameter index: The beginning of a character, with at least three bytes of well-formed text before it and at
    ///   least ``count`` bytes from there on.
    /// - Returns: ``count`` or up to three less, where a character is cut by the block's end.
    /// - Source: table 3-7 of the Unicode standard.
    @inline(__always)
    static func wellFormedCount(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        var faults = Vector()
        for offset in stride(from: index, to: index + count, by: vectorSize) {
            faults |= faultsOfUTF8(bytes, at: offset)
        }
        guard faults.words == 0 else { return nil }
        let end = index + count
        if bytes[end - 1] >= 0xC0 { return count - 1 }
        if bytes[end - 2] >= 0xE0 { return count - 2 }
        if bytes[end - 3] >= 0xF0 { return count - 3 }
        return count
    }

    /// Marks bytes that cannot follow the three before them.
    @inline(__always)
    private static func faultsOfUTF8(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Vector {
        let current = bytes.loadUnaligned(fromByteOffset: index, as: Vector.self)
        let before = bytes.loadUnaligned(fromByteOffset: index - 1, as: Vector.self)
        let secondBefore = bytes.loadUnaligned(fromByteOffset: index - 2, as: Vector.self)
        let thirdBefore = bytes.loadUnaligned(fromByteOffset: index - 3, as: Vector.self)
        // The second byte after four lead bytes has a smaller range, without which there were overlong forms (E0, F0),
        // surrogates (ED) and values above U+10FFFF (F4). Written as bounds because the compiler makes slow code of a
        // choice between two masks.
        let least = before.equals(0xE0, then: 0x20) | before.equals(0xF0, then: 0x10) | Vector(repeating: 0x80)
        let most = (before.equals(0xED, then: 0x20) | before.equals(0xF4, then: 0x30)) ^ Vector(repeating: 0xBF)
        let isContinuation = Vector(current .>= least) & Vector(current .<= most)
        let mustBeContinuation = before.isAtLeast(0xC0) | secondBefore.isAtLeast(0xE0) | thirdBefore.isAtLeast(0xF0)
        let neverBegins = (current & Vector(repeating: 0xFE)).equals(0xC0) | current.isAtLeast(0xF5)
        return (isContinuation ^ mustBeContinuation) | neverBegins
    }
}

extension SIMD16<UInt8> {
    /// All bits of an element set where the mask is true.
    @inline(__always)
    fileprivate init(_ mask: SIMDMask<SIMD16<Int8>>) { self = unsafeBitCast(mask, to: Self.self) }

    @inline(__always)
    fileprivate func equals(_ byte: UInt8) -> Self { Self(self .== Self(repeating: byte)) }

    /// The given byte where elements are equal to the other, zero elsewhere.
    @inline(__always)
    fileprivate func equals(_ byte: UInt8, then bits: UInt8) -> Self { equals(byte) & Self(repeating: bits) }

    @inline(__always)
    fileprivate func isAtLeast(_ byte: UInt8) -> Self { Self(self .>= Self(repeating: byte)) }

    /// Both halves of the vector laid over each other.
    @inline(__always)
    fileprivate var words: UInt64 {
        let halves = unsafeBitCast(self, to: SIMD2<UInt64>.self)
        return halves[0] | halves[1]
    }

    /// One bit for each element whose bits are all set.
    @inline(__always)
    fileprivate var bits: UInt64 {
        let weighted = self & Self(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128)
        let halves = unsafeBitCast(weighted, to: SIMD2<UInt64>.self)
        // The product's highest byte is the sum of the eight weights.
        let low = (halves[0] &* 0x0101_0101_0101_0101) >> 56
        let high = (halves[1] &* 0x0101_0101_0101_0101) >> 56
        return low | high << 8
    }
}
