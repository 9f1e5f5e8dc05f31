import NIOCore
import TrellisModel

/// One event in a file: `<timestamp> <ingestion time> <message>` and a newline, the times in milliseconds.
///
/// In the message a newline is `\n` and a backslash `\\`; every other byte is itself.
struct LogLine {
    var timestamp: Int64
    var ingestionTime: Int64
    /// Still escaped.
    var escapedMessage: ArraySlice<UInt8>

    /// The largest message that is kept as one event; a longer one is cut into several.
    ///
    /// - Source: 256 KB with 26 bytes of overhead, the size at which Lambda splits what a function prints.
    static let longestMessage = 262_144 - 26

    /// - Parameter line: Without its newline.
    /// - Returns: `nil` if it is not a line of this form.
    init?(_ line: ArraySlice<UInt8>) {
        var rest = line
        guard let timestamp = Self.takeNumber(&rest), let ingestionTime = Self.takeNumber(&rest) else { return nil }
        self.timestamp = timestamp
        self.ingestionTime = ingestionTime
        escapedMessage = rest
    }

    private static func takeNumber(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        var digits = 0
        for byte in bytes {
            if byte == UInt8(ascii: " ") {
                guard digits > 0 else { return nil }
                bytes = bytes.dropFirst(digits + 1)
                return value
            }
            // Eighteen digits fit, whatever they are.
            guard (0x30...0x39).contains(byte), digits < 18 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
            digits += 1
        }
        return nil
    }

    var message: [UInt8] {
        guard escapedMessage.contains(UInt8(ascii: "\\")) else { return Array(escapedMessage) }
        var message: [UInt8] = []
        message.reserveCapacity(escapedMessage.count)
        var isEscaped = false
        for byte in escapedMessage {
            if isEscaped {
                message.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                message.append(byte)
            }
        }
        return message
    }

    static func append(
        _ message: some Sequence<UInt8>, at timestamp: Int64, ingestedAt ingestionTime: Int64, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: String(timestamp).utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: String(ingestionTime).utf8)
        bytes.append(UInt8(ascii: " "))
        for byte in message {
            switch byte {
            case UInt8(ascii: "\n"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(ascii: "n"))
            case UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(ascii: "\\"))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }
}

/// Lines that are about to be written, and what the index must know of them.
struct EncodedLines {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    private(set) var minimum = Int64.max
    private(set) var maximum: Int64 = 0
    private(set) var isSorted = true
    private let ingestionTime: Int64

    init(ingestionTime: Timestamp) {
        self.ingestionTime = max(0, ingestionTime.millisecondsSinceEpoch)
    }

    mutating func append(_ chunk: LogChunk) {
        let view = chunk.bytes.readableBytesView
        switch chunk.form {
        case .event: append(view[...], at: chunk.timestamp)
        case .lines:
            for line in view.split(separator: UInt8(ascii: "\n")) { append(line, at: chunk.timestamp) }
        }
    }

    mutating func append(_ message: some RandomAccessCollection<UInt8>, at time: Timestamp) {
        guard !message.isEmpty else { return }
        let timestamp = max(0, time.millisecondsSinceEpoch)
        var rest = message[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.pieceLength(of: rest))
            LogLine.append(piece, at: timestamp, ingestedAt: ingestionTime, to: &bytes)
            rest = rest.dropFirst(piece.count)
            count += 1
        }
        isSorted = isSorted && timestamp >= maximum
        minimum = min(minimum, timestamp)
        maximum = max(maximum, timestamp)
    }

    /// Not in the middle of a character, if the bytes are UTF-8.
    private static func pieceLength(of message: some RandomAccessCollection<UInt8>) -> Int {
        var length = min(message.count, LogLine.longestMessage)
        guard length < message.count else { return length }
        for _ in 0..<3 {
            let next = message[message.index(message.startIndex, offsetBy: length)]
            guard next & 0xC0 == 0x80 else { return length }
            length -= 1
        }
        return length
    }
}
