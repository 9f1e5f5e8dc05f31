import Foundation
package import NIOCore
import TrellisLambdaEvent

/// Checks what the decoder makes of a document, with Foundation's reading of the same JSON where the two must agree.
package struct ResponseJudge {
    private let document: ByteBuffer

    package init(_ document: ByteBuffer) {
        self.document = document
    }

    package func judge() {
        for readsMultiValueHeaders in [false, true] {
            let decoder = LambdaResponseDecoder(options: .init(readsMultiValueHeaders: readsMultiValueHeaders))
            do {
                judge(try decoder.decode(document))
            } catch {
                judge(error)
            }
        }
    }

    private func judge(_ response: LambdaResponse) {
        require((200...599).contains(response.statusCode), "status \(response.statusCode)")
        require(response.headers.count <= 100, "header lines")
        for (name, value) in response.headers {
            require(!name.isEmpty && name.utf8.allSatisfy(isTokenByte), "name \(name)")
            require(value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "value of \(name)")
            let lowercased = name.lowercased()
            require(!["connection", "content-length", "transfer-encoding"].contains(lowercased), name)
        }
        guard isComparable else { return }
        guard let members = foundationMembers else { return require(false, "Foundation refuses the document") }
        guard !namesTwice("body"), !namesTwice("isBase64Encoded") else { return }
        let text = members["body"] as? String ?? ""
        let isBase64 = members["isBase64Encoded"] as? Bool ?? false
        let expected = isBase64 ? Data(base64Encoded: text) : Data(text.utf8)
        require(expected == Data(response.body.readableBytesView), "body")
    }

    private func judge(_ error: LambdaResponseError) {
        require((0...document.readableBytes).contains(error.offset), "offset \(error.offset)")
        _ = error.description
        switch error.reason {
        // Foundation lets a comma stand before the end of an object or array.
        case .unexpectedByte(UInt8(ascii: "}")), .unexpectedByte(UInt8(ascii: "]")):
            return
        case .unexpectedByte, .unexpectedEnd, .trailingBytes, .invalidEscape, .controlCharacterInString:
            guard isComparable else { return }
            require(foundationMembers == nil, "Foundation takes what the decoder refuses: \(error)")
        default:
            return
        }
    }

    /// Whether Foundation's rules are JSON's for this document.
    ///
    /// It guesses other encodings from the first bytes, refuses lone surrogates and numbers that do not fit a double,
    /// and nests to another depth.
    private var isComparable: Bool {
        let bytes = document.readableBytesView
        let start = bytes.prefix(4)
        return start.allSatisfy { (0x01..<0x80).contains($0) }
            && !contains(Array(#"\u"#.utf8)) && !bytes.contains(0x00)
            && String(validating: bytes, as: UTF8.self) != nil
            && !hasUnusualNumber
            && bytes.count(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }) < 60
    }

    /// Digits followed by an exponent, or too many of them.
    private var hasUnusualNumber: Bool {
        var digits = 0
        for byte in document.readableBytesView {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if digits > 0, byte | 0x20 == UInt8(ascii: "e") { return true }
            digits = isDigit ? digits + 1 : 0
            if digits > 15 { return true }
        }
        return false
    }

    private func namesTwice(_ name: String) -> Bool {
        let text = String(decoding: document.readableBytesView, as: UTF8.self)
        return text.components(separatedBy: name).count > 2
    }

    private func contains(_ pattern: [UInt8]) -> Bool {
        Data(document.readableBytesView).range(of: Data(pattern)) != nil
    }

    private var foundationMembers: [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(document.readableBytesView)) as? [String: Any]
    }

    private func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
