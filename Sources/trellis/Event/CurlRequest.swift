import Foundation
import NIOCore

/// Where bytes come from that an option names.
enum InputSource: Hashable {
    case standardInput
    case file(String)

    /// `-` is standard input.
    init(_ name: some StringProtocol) {
        self = name == "-" ? .standardInput : .file(String(name))
    }
}

/// A request put together as curl puts it together from the same options.
struct CurlRequest {
    /// Reads what an option names; a failure ends the command.
    typealias Load = (InputSource) throws -> [UInt8]

    let url: RequestURL
    private let method: String?
    private let sendsHead: Bool
    /// Header lines of `-H` and `--json`, taken apart.
    private let headers: [CurlHeader]
    /// `nil` without any data option, which is not the same as empty.
    private let data: [UInt8]?
    private let isQueryData: Bool
    private let user: String?
    private let userAgent: String
    private let referer: String?
    private let cookies: String?

    init(_ arguments: EventArguments, load: Load) throws {
        let urls = arguments.operands + arguments.values(.url)
        guard let text = urls.first, urls.count == 1 else {
            throw EventUsageError(
                urls.isEmpty
                    ? "There is no URL: give one, or a message on standard input."
                    : "There are several URLs (\(urls.joined(separator: " "))); one event is of one request.")
        }
        url = try RequestURL(text, keepsDots: arguments.has(.pathAsIs))
        method = arguments.last(.request)
        sendsHead = arguments.has(.head)
        isQueryData = arguments.has(.get)
        user = arguments.last(.user) ?? url.user
        userAgent = arguments.last(.userAgent) ?? "trellis-event"
        referer = arguments.last(.referer)
        cookies = try Self.cookies(arguments.values(.cookie))
        var headers = try Self.headers(arguments.values(.header), load)
        if arguments.has(.json) {
            for (name, value) in [("Content-Type", "application/json"), ("Accept", "application/json")]
            where !headers.contains(where: { $0.isNamed(name) }) {
                headers.append(CurlHeader(name: name, value: value, line: "\(name): \(value)"))
            }
        }
        self.headers = headers
        data = try CurlData.joined(arguments.options, load)
        if let method, !method.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) || method.isEmpty {
            throw EventUsageError("-X takes a method such as PUT, not '\(method)'.")
        }
        if sendsHead, data != nil, !isQueryData {
            throw EventUsageError("-I and data exclude each other: add -G to put the data into the query.")
        }
    }

    private static func cookies(_ values: [String]) throws(EventUsageError) -> String? {
        for value in values where !value.contains("=") {
            throw EventUsageError("-b '\(value)' would be a cookie file, which is not read: give name=value.")
        }
        return values.isEmpty ? nil : values.joined(separator: ";")
    }

    private static func headers(_ values: [String], _ load: Load) throws -> [CurlHeader] {
        var headers: [CurlHeader] = []
        for value in values {
            guard value.hasPrefix("@") else {
                headers.append(try CurlHeader(value))
                continue
            }
            let text = String(decoding: try load(InputSource(value.dropFirst())), as: UTF8.self)
            headers += try text.split(whereSeparator: \.isNewline).map { try CurlHeader(String($0)) }
        }
        return headers
    }

    /// The message that curl would send, in curl's order of headers.
    func message() -> RequestMessage {
        let body = isQueryData ? nil : data
        let method = self.method ?? (sendsHead ? "HEAD" : body == nil ? "GET" : "POST")
        var lines = [custom("Host") ?? "Host: \(url.authority)"].filter { !$0.isEmpty }
        func add(_ name: String, _ value: String?) {
            guard let value, !headers.contains(where: { $0.isNamed(name) }) else { return }
            lines.append("\(name): \(value)")
        }
        add("Authorization", user.map { "Basic " + Data($0.utf8).base64EncodedString() })
        add("User-Agent", userAgent.isEmpty ? nil : userAgent)
        add("Accept", "*/*")
        add("Referer", referer.flatMap { $0.isEmpty ? nil : $0 })
        add("Cookie", cookies)
        lines += headers.filter { !$0.isNamed("Host") }.compactMap(\.line)
        if let body {
            if !headers.contains(where: { $0.isNamed("Transfer-Encoding") }) {
                add("Content-Length", String(body.count))
            }
            add("Content-Type", "application/x-www-form-urlencoded")
        }
        return RequestMessage(
            requestLine: "\(method) \(target) HTTP/1.1", headerLines: lines.map { Array($0.utf8) },
            body: ByteBuffer(bytes: body ?? []))
    }

    /// - Returns: The line of the first `-H` with that name, empty to send none, `nil` without one.
    private func custom(_ name: String) -> String? {
        headers.first { $0.isNamed(name) }.map { $0.line ?? "" }
    }

    private var target: String {
        guard isQueryData, let data, !data.isEmpty else { return url.target }
        let query = String(decoding: data, as: UTF8.self)
        let separator = !url.target.contains("?") ? "?" : url.target.hasSuffix("?") ? "" : "&"
        return url.target + separator + query
    }
}

/// One `-H`, with curl's three forms.
struct CurlHeader: Equatable {
    var name: String
    var value: String
    /// What is sent; `nil` for `Name:`, which only keeps curl's own header away.
    var line: String?

    init(name: String, value: String, line: String?) {
        self.name = name
        self.value = value
        self.line = line
    }

    init(_ text: String) throws(EventUsageError) {
        guard text.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            throw EventUsageError("-H '\(text)' holds a line break or control character: give each header its own -H.")
        }
        if let colon = text.firstIndex(of: ":") {
            name = String(text[..<colon])
            value = String(text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
            line = value.isEmpty ? nil : text
        } else if text.hasSuffix(";") {
            name = String(text.dropLast())
            value = ""
            line = name + ":"
        } else {
            throw EventUsageError("-H '\(text)' is not a header: write 'Name: value', or 'Name;' for an empty one.")
        }
        guard !name.isEmpty else { throw EventUsageError("-H '\(text)' has no name.") }
    }

    func isNamed(_ other: String) -> Bool {
        name.lowercased() == other.lowercased()
    }
}
