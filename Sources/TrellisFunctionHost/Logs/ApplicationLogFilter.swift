import NIOCore
import TrellisModel

/// Drops the lines of a function that are less important than it wants to log.
///
/// The level of a line that is a JSON object is its member `level`; without one that is known it is `INFO`. A line that
/// is no JSON object has no level and stays.
///
/// - Source: the Lambda Developer Guide, "Log-level filtering"; that other lines stay is chosen.
struct ApplicationLogFilter: Sendable {
    let minimum: FunctionLogging.ApplicationLevel

    /// - Parameter lines: Whole lines.
    func lines(_ lines: ByteBuffer) -> ByteBuffer {
        // Below INFO everything that has no level passes, and so does most else.
        guard minimum > .trace else { return lines }
        var kept = ByteBuffer()
        var rest = lines
        while let newline = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            guard let line = rest.readSlice(length: newline - rest.readerIndex + 1) else { break }
            if passes(line.readableBytesView) { kept.writeImmutableBuffer(line) }
        }
        kept.writeImmutableBuffer(rest)
        return kept
    }

    private func passes(_ line: ByteBufferView) -> Bool {
        guard line.first(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) == UInt8(ascii: "{") else {
            return true
        }
        var scanner = LevelScanner(line)
        let level = scanner.level().flatMap(Self.level(named:)) ?? .info
        return level >= minimum
    }

    /// The names that loggers of the runtimes use.
    private static func level(named name: String) -> FunctionLogging.ApplicationLevel? {
        switch name.asciiLowercased {
        case "trace": .trace
        case "debug": .debug
        case "info", "information", "notice": .info
        case "warn", "warning": .warn
        case "error": .error
        case "fatal", "critical": .fatal
        default: nil
        }
    }
}

/// Looks for the member `level` of a JSON object, in one pass and without judging the rest.
private struct LevelScanner {
    private let bytes: ByteBufferView
    private var position: Int

    init(_ bytes: ByteBufferView) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The text of the member; `nil` if there is none or it is no text.
    mutating func level() -> String? {
        var depth = 0
        var isName = false
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isName = depth == 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","): isName = depth == 1
            case UInt8(ascii: "\""):
                guard let text = string() else { return nil }
                guard isName, text == "level" else {
                    isName = false
                    continue
                }
                return value()
            default: break
            }
        }
        return nil
    }

    private mutating func value() -> String? {
        while let byte = next() {
            switch byte {
            case UInt8(ascii: ":"), UInt8(ascii: " "), UInt8(ascii: "\t"): continue
            case UInt8(ascii: "\""): return string()
            default: return nil
            }
        }
        return nil
    }

    /// What is between quotes, escapes as they stand: neither the name nor a level has one.
    private mutating func string() -> String? {
        let start = position
        while let byte = next() {
            if byte == UInt8(ascii: "\\") {
                _ = next()
            } else if byte == UInt8(ascii: "\"") {
                return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
            }
        }
        return nil
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }
}
