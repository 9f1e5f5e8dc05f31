import NIOCore

extension ByteBuffer {
    /// - Returns: The bytes before the next line end, which is read too; `nil` if there is none within the limit.
    mutating func readLine(limit: Int) -> ByteBuffer? {
        let bytes = readableBytesView.prefix(limit)
        guard let lineFeed = bytes.firstIndex(of: UInt8(ascii: "\n")),
            var line = readSlice(
                length: lineFeed + 1 - bytes.startIndex)
        else { return nil }
        var length = line.readableBytes - 1
        if length > 0, line.readableBytesView[line.readerIndex + length - 1] == UInt8(ascii: "\r") { length -= 1 }
        return line.readSlice(length: length)
    }
}

extension BidirectionalCollection<UInt8> {
    /// Without spaces and tabs at both ends.
    var trimmingBlanks: SubSequence {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let rest = drop(while: isBlank)
        guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return self[endIndex..<endIndex] }
        return self[rest.startIndex...last]
    }
}

extension String {
    var lowercasedASCII: String { String(decoding: utf8.map(asciiLowercased), as: UTF8.self) }
}

func asciiLowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

/// - Returns: `nil` unless there are digits alone, at most 15 of them.
func decimal(_ digits: some Collection<UInt8>) -> Int? {
    guard (1...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
}

/// - Returns: `nil` unless there are hexadecimal digits alone, at most 12 of them.
func hexadecimal(_ digits: some Collection<UInt8>) -> Int? {
    guard (1...12).contains(digits.count) else { return nil }
    var value = 0
    for digit in digits {
        switch asciiLowercased(digit) {
        case let digit where (0x30...0x39).contains(digit): value = value << 4 | Int(digit - 0x30)
        case let digit where (0x61...0x66).contains(digit): value = value << 4 | Int(digit - 0x61 + 10)
        default: return nil
        }
    }
    return value
}
