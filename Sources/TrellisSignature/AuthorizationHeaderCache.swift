/// `Authorization` headers read lately, by what stands before their signature: a client writes that once a day.
///
/// Holds what belongs to signatures that were right, so that nobody fills it with other texts.
struct AuthorizationHeaderCache: Sendable {
    /// Of a text that is kept, in bytes.
    private static let longestText = 1024
    private static let signatureLength = 64

    private var headers: [Substring: AuthorizationHeader] = [:]
    private let capacity: Int

    /// - Parameter capacity: Most headers held; when they are reached all are forgotten.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// - Returns: What reading the text would give, or `nil` if nothing like it was kept.
    func header(like text: String) -> AuthorizationHeader? {
        guard !headers.isEmpty, let (beginning, signature) = Self.split(text), var header = headers[beginning] else {
            return nil
        }
        header.signature = String(signature)
        return header
    }

    mutating func keep(_ header: AuthorizationHeader, of text: String) {
        guard capacity > 0, header.algorithm == .hmacSHA256, let (beginning, signature) = Self.split(text),
            header.signature == signature
        else { return }
        if headers.count >= capacity { headers.removeAll(keepingCapacity: true) }
        headers[Substring(String(beginning))] = header
    }

    /// - Returns: `nil` unless the text is of SigV4 and ends with the parameter `Signature` and 64 digits.
    private static func split(_ text: String) -> (beginning: Substring, signature: Substring)? {
        let bytes = text.utf8
        guard bytes.count <= longestText,
            let start = bytes.index(bytes.endIndex, offsetBy: -signatureLength, limitedBy: bytes.startIndex)
        else { return nil }
        let name = bytes[..<start].suffix(11)
        guard bytes[start...].allSatisfy({ $0.isASCIIDigit || (0x61...0x66).contains($0) }),
            name.first == UInt8(ascii: ",") || name.first == UInt8(ascii: " "),
            name.dropFirst().elementsEqual("Signature=".utf8), text.hasPrefix("AWS4-HMAC-SHA256 ")
        else { return nil }
        return (text[..<start], text[start...])
    }
}
