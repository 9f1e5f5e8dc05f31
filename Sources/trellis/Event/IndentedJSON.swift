import NIOCore

/// Lays out JSON text for reading, without touching a byte of its names and values.
enum IndentedJSON {
    /// - Parameter json: JSON without insignificant white space.
    /// - Returns: One member a line, lists on one line, a line end at the end.
    static func text(of json: ByteBuffer) -> ByteBuffer {
        var output = ByteBuffer()
        output.reserveCapacity(json.readableBytes + json.readableBytes / 4)
        var depth = 0
        var listDepth = 0
        var isInString = false
        var isEscaped = false
        var before: UInt8 = 0
        for byte in json.readableBytesView {
            if isInString {
                output.writeInteger(byte)
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                before = byte
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                if before == UInt8(ascii: "{") { output.startLine(depth) }
                isInString = true
                output.writeInteger(byte)
            case UInt8(ascii: "{"):
                depth += 1
                output.writeInteger(byte)
            case UInt8(ascii: "}"):
                depth -= 1
                if before != UInt8(ascii: "{") { output.startLine(depth) }
                output.writeInteger(byte)
            case UInt8(ascii: "["), UInt8(ascii: "]"):
                listDepth += byte == UInt8(ascii: "[") ? 1 : -1
                output.writeInteger(byte)
            case UInt8(ascii: ","):
                output.writeInteger(byte)
                if listDepth > 0 { output.writeStaticString(" ") } else { output.startLine(depth) }
            case UInt8(ascii: ":"):
                output.writeStaticString(": ")
            default:
                output.writeInteger(byte)
            }
            before = byte
        }
        output.writeStaticString("\n")
        return output
    }
}

extension ByteBuffer {
    fileprivate mutating func startLine(_ depth: Int) {
        writeStaticString("\n")
        writeRepeatingByte(UInt8(ascii: " "), count: max(0, depth) * 2)
    }
}
