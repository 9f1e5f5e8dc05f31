/// The value of a hexadecimal digit of either case.
@inline(__always)
func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// Four hexadecimal digits looked at together.
struct HexadecimalDigits {
    private static let low: UInt32 = 0x0101_0101
    private static let high: UInt32 = 0x8080_8080

    /// The first digit in the highest bits.
    private let characters: UInt32

    /// - Parameter index: At least four bytes before the end.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        characters = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
    }

    /// Whether all four are digits, of either case.
    @inline(__always)
    var areValid: Bool {
        // With the highest bits out of the way no sum runs into the next byte.
        let seven = characters & ~Self.high
        let aboveNine = (seven ^ (0x30 &* Self.low)) &+ (0x76 &* Self.low)
        let letter = (seven | (0x20 &* Self.low)) ^ (0x60 &* Self.low)
        let isLetter = (letter &+ (0x7F &* Self.low)) & ~(letter &+ (0x79 &* Self.low))
        return (~aboveNine | isLetter) & ~characters & Self.high == Self.high
    }

    /// The number that valid digits stand for.
    @inline(__always)
    var value: UInt16 {
        let isLetter = characters >> 6 & Self.low
        let digits = (characters & (0x0F &* Self.low)) &+ isLetter &* 9
        let pairs = (digits | digits >> 4) & 0x00FF_00FF
        return UInt16(truncatingIfNeeded: pairs | pairs >> 8)
    }
}
