/// Takes secrets out of what is shown of a request.
///
/// By the names of headers and query parameters, in any case: those that authenticate somebody by their definition, and
/// all whose name says that they do. What a body says is not looked at.
package enum Secrets {
    /// What stands in place of a secret.
    package static let mask = "[masked]"

    private static let names: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "sig", "key", "code", "auth", "jwt",
    ]
    private static let parts = [
        "token", "secret", "password", "passwd", "signature", "credential", "apikey", "api-key", "api_key", "session",
        "csrf", "xsrf",
    ]
    /// Headers whose values are addresses that may have a query.
    private static let addresses: Set<String> = ["referer", "location", "content-location"]

    package static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return names.contains(name) || parts.contains { name.contains($0) }
    }

    /// The value of a header as it may be shown; of `authorization` the scheme stays.
    package static func masked(_ value: String, ofHeader name: String) -> String {
        let name = name.lowercased()
        if name == "authorization" || name == "proxy-authorization" {
            let scheme = value.prefix { $0 != " " }
            return scheme.count < value.count && scheme.utf8.count <= 32 ? "\(scheme) \(mask)" : mask
        }
        if isSecret(name) { return mask }
        return addresses.contains(name) ? masked(target: value) : value
    }

    /// A request target or an address with the secret values of its query masked; everything else stays as it is.
    package static func masked(target: String) -> String {
        guard let start = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
        let queryStart = target.utf8.index(after: start)
        let fields = target[queryStart...].split(separator: "&", omittingEmptySubsequences: false)
        let shown = fields.map { field -> String in
            guard let end = field.utf8.firstIndex(of: UInt8(ascii: "=")) else { return String(field) }
            let name = field[..<end]
            return isSecret(percentDecoded(name)) ? "\(name)=\(mask)" : String(field)
        }
        return target[..<queryStart] + shown.joined(separator: "&")
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first?.hexadecimalValue,
                let low = rest.dropFirst().first?.hexadecimalValue
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
