import FoundationEssentials

enum Base64Text {
    static func encoded(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// - Returns: `nil` for a text that is not base64 of UTF-8.
    static func decodedText(_ text: String) -> String? {
        Data(base64Encoded: text).flatMap { String(validating: $0, as: UTF8.self) }
    }
}

extension Base64Text {
    /// - Returns: Lower-case digits of what a text of base64 stands for; `nil` if it is none.
    static func hexadecimal(_ text: String) -> String? {
        Data(base64Encoded: text)?.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
