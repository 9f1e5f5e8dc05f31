/// The data options of curl, in the order in which they stand.
enum CurlData {
    /// - Returns: `nil` if there is no data option.
    static func joined(
        _ options: [(option: EventOption, value: String)], _ load: CurlRequest.Load
    ) throws -> [UInt8]? {
        var data: [UInt8]?
        for (option, value) in options {
            guard let part = try part(option, value, load) else { continue }
            guard var before = data else {
                data = part
                continue
            }
            // Several JSON texts follow each other directly.
            if option != .json, !before.isEmpty { before.append(UInt8(ascii: "&")) }
            data = before + part
        }
        return data
    }

    private static func part(
        _ option: EventOption, _ value: String, _ load: CurlRequest.Load
    ) throws -> [UInt8]? {
        switch option {
        case .data:
            try fileOrText(value, load) { $0.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0x00 } }
        case .dataBinary, .json:
            try fileOrText(value, load) { $0 }
        case .dataRaw:
            Array(value.utf8)
        case .dataURLEncode:
            try encoded(value, load)
        default:
            nil
        }
    }

    private static func fileOrText(
        _ value: String, _ load: CurlRequest.Load, _ change: ([UInt8]) -> [UInt8]
    ) throws -> [UInt8] {
        guard value.hasPrefix("@") else { return Array(value.utf8) }
        return change(try load(InputSource(value.dropFirst())))
    }

    /// `text`, `=text`, `name=text`, `@file`, `name@file`; the name stays as it is.
    private static func encoded(_ value: String, _ load: CurlRequest.Load) throws -> [UInt8] {
        guard let mark = value.firstIndex(where: { $0 == "=" || $0 == "@" }) else {
            return percentEncoded(Array(value.utf8))
        }
        let name = value[..<mark]
        let rest = value[value.index(after: mark)...]
        let content = value[mark] == "=" ? Array(rest.utf8) : try load(InputSource(rest))
        return Array((name.isEmpty ? "" : name + "=").utf8) + percentEncoded(content)
    }

    /// Unreserved characters stay, a space becomes `+`, as in forms.
    private static func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                return [byte]
            case UInt8(ascii: " "):
                return [UInt8(ascii: "+")]
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return Array(("%" + (digits.utf8.count == 1 ? "0" : "") + digits).utf8)
            }
        }
    }
}
