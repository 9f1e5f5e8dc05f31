import Glibc
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
        _ message: [UInt8], at timestamp: Int64, ingestedAt ingestionTime: Int64, to bytes: inout [UInt8]
    ) {
        message.withUnsafeBytes { append($0, at: timestamp, ingestedAt: ingestionTime, to: &bytes) }
    }

    static func append(
        _ message: UnsafeRawBufferPointer, at timestamp: Int64, ingestedAt ingestionTime: Int64,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: String(timestamp).utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: String(ingestionTime).utf8)
        bytes.append(UInt8(ascii: " "))
        // Most messages are copied as they are.
        if message.position(of: UInt8(ascii: "\n")) == nil, message.position(of: UInt8(ascii: "\\")) == nil {
            bytes.append(contentsOf: message)
            bytes.append(UInt8(ascii: "\n"))
            return
        }
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
        chunk.bytes.withUnsafeReadableBytes { bytes in
            switch chunk.form {
            case .event: append(bytes, at: chunk.timestamp)
            case .lines: appendLines(bytes, at: chunk.timestamp)
            }
        }
    }

    mutating func append(_ message: [UInt8], at time: Timestamp) {
        message.withUnsafeBytes { append($0, at: time) }
    }

    private mutating func appendLines(_ lines: UnsafeRawBufferPointer, at time: Timestamp) {
        var rest = lines
        while let newline = rest.position(of: UInt8(ascii: "\n")) {
            append(UnsafeRawBufferPointer(rebasing: rest[..<newline]), at: time)
            rest = UnsafeRawBufferPointer(rebasing: rest[(newline + 1)...])
        }
        append(rest, at: time)
    }

    private mutating func append(_ message: UnsafeRawBufferPointer, at time: Timestamp) {
        guard !message.isEmpty else { return }
        let timestamp = max(0, time.millisecondsSinceEpoch)
        var rest = message
        while !rest.isEmpty {
            let length = Self.pieceLength(of: rest)
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<length])
            LogLine.append(piece, at: timestamp, ingestedAt: ingestionTime, to: &bytes)
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
            count += 1
        }
        isSorted = isSorted && timestamp >= maximum
        minimum = min(minimum, timestamp)
        maximum = max(maximum, timestamp)
    }

    /// Not in the middle of a character, if the bytes are UTF-8.
    private static func pieceLength(of message: UnsafeRawBufferPointer) -> Int {
        var length = min(message.count, LogLine.longestMessage)
        guard length < message.count else { return length }
        for _ in 0..<3 {
            guard message[length] & 0xC0 == 0x80 else { return length }
            length -= 1
        }
        return length
    }
}

extension UnsafeRawBufferPointer {
    /// Where the byte is for the first time.
    fileprivate func position(of byte: UInt8) -> Int? {
        guard let baseAddress, let hit = memchr(baseAddress, Int32(byte), count) else { return nil }
        return UnsafeRawPointer(hit) - baseAddress
    }
}
