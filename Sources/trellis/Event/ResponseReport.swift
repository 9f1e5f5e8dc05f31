import TrellisLambdaEvent

/// What is wrong with a function's answer, where, and what a client of the service sees because of it.
struct ResponseReport: Equatable {
    /// Counted from 1.
    let line: Int
    /// In characters, counted from 1.
    let column: Int
    /// The part of the line around the fault, without line ends and control characters.
    let excerpt: String
    /// How many characters of the excerpt stand before the fault.
    let caret: Int
    private let error: LambdaResponseError

    private static let bytesBefore = 40
    private static let bytesAfter = 30

    init(_ error: LambdaResponseError, in document: [UInt8]) {
        self.error = error
        let offset = min(max(0, error.offset), document.count)
        let lineStart = document[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let lineEnd = document[offset...].firstIndex(of: 0x0A) ?? document.count
        line = document[..<offset].count { $0 == 0x0A } + 1
        column = Self.shown(document[lineStart..<offset]).count + 1
        var start = max(lineStart, offset - Self.bytesBefore)
        // A cut shall not fall into a character.
        while start < offset, document[start] & 0xC0 == 0x80 { start += 1 }
        let before = (start > lineStart ? "…" : "") + Self.shown(document[start..<offset])
        let end = min(lineEnd, offset + Self.bytesAfter)
        excerpt = before + Self.shown(document[offset..<end]) + (end < lineEnd ? "…" : "")
        caret = before.count
    }

    /// The text with `·` for what has no place on a line.
    private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "·" : $0 }))
    }

    var text: String {
        """
        \(error.reason)
          at byte \(error.offset), line \(line), column \(column):
          \(excerpt)
          \(String(repeating: " ", count: caret))^
        """
    }
}
