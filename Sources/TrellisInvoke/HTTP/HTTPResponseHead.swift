/// Status line and headers of a response, read in one pass over their bytes.
///
/// - Source: RFC 9112 §4 and §5; a bare line feed also ends a line.
struct HTTPResponseHead {
    let status: Int
    let isHTTP11: Bool
    /// Names in lower case, values without surrounding blanks, in the order received.
    private(set) var headers: [(name: String, value: String)] = []

    /// - Parameter bytes: Up to the empty line, as ``length(in:)`` found it.
    init(_ bytes: UnsafeRawBufferPointer) throws(HTTPResponseError) {
        var lines = Lines(rest: bytes)
        guard let statusLine = lines.next() else { throw .malformed("no status line") }
        (status, isHTTP11) = try Self.status(in: statusLine)
        headers.reserveCapacity(8)
        while let line = lines.next(), !line.isEmpty { headers.append(try Self.header(line)) }
    }

    /// Bytes up to and with the first empty line; `nil` if there is none yet.
    static func length(in bytes: UnsafeRawBufferPointer) -> Int? {
        var isAtStartOfLine = false
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                if isAtStartOfLine { return index + 1 }
                isAtStartOfLine = true
            case UInt8(ascii: "\r") where isAtStartOfLine && index + 1 < bytes.count && bytes[index + 1] == 0x0A:
                break
            default: isAtStartOfLine = false
            }
        }
        return nil
    }

    /// Whether a `Connection` header names `close`.
    var closesConnection: Bool {
        headers.contains { name, value in
            name == "connection"
                && value.utf8.split(separator: UInt8(ascii: ",")).contains {
                    $0.trimmingBlanks.lazy.map(asciiLowercased).elementsEqual("close".utf8)
                }
        }
    }

    private static func status(in line: UnsafeRawBufferPointer) throws(HTTPResponseError) -> (Int, Bool) {
        let isHTTP11 = line.starts(with: "HTTP/1.1 ".utf8)
        guard isHTTP11 || line.starts(with: "HTTP/1.0 ".utf8), let status = decimal(line.dropFirst(9).prefix(3)),
            status >= 100, line.count == 12 || line.dropFirst(12).first == UInt8(ascii: " ")
        else { throw .malformed("invalid status line") }
        return (status, isHTTP11)
    }

    private static func header(
        _ line: UnsafeRawBufferPointer
    ) throws(HTTPResponseError) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .malformed("invalid header line") }
        let name = String(unsafeUninitializedCapacity: colon) { text in
            for index in 0..<colon { text[index] = asciiLowercased(line[index]) }
            return colon
        }
        let value = line[(colon + 1)...].trimmingBlanks
        guard !value.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
            throw .malformed("invalid header value")
        }
        return (name, String(decoding: UnsafeRawBufferPointer(rebasing: value), as: UTF8.self))
    }
}

extension HTTPResponseHead {
    /// The lines without their ends.
    private struct Lines {
        var rest: UnsafeRawBufferPointer

        mutating func next() -> UnsafeRawBufferPointer? {
            guard let lineFeed = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let line = rest[..<lineFeed]
            rest = UnsafeRawBufferPointer(rebasing: rest[(lineFeed + 1)...])
            return UnsafeRawBufferPointer(rebasing: line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
    }
}
