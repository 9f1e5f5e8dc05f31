import NIOCore

/// The frames that the lines of a case in `Tests/Corpus/http2` stand for.
struct FrameScript {
    private(set) var bytes = ByteBuffer()
    private var frame: RawHTTP2Client.Frame?
    private var lastStream: UInt32 = 0

    private static let types: [String: UInt8] = [
        "DATA": 0, "HEADERS": 1, "PRIORITY": 2, "RST_STREAM": 3, "SETTINGS": 4, "PUSH_PROMISE": 5, "PING": 6,
        "GOAWAY": 7, "WINDOW_UPDATE": 8, "CONTINUATION": 9,
    ]
    private static let flags: [String: UInt8] = ["END_STREAM": 1, "ACK": 1, "END_HEADERS": 4, "PADDED": 8]
    private static let request = [
        (":method", "GET"), (":scheme", "https"), (":authority", "shop.localhost"), (":path", "/"),
    ]

    init(_ lines: [String]) throws {
        try add(lines[...])
        finishFrame()
    }

    private mutating func add(_ lines: ArraySlice<String>) throws {
        var lines = lines
        while let line = lines.popFirst() {
            if line.hasPrefix("times ") {
                guard let count = Int(line.dropFirst(6)), let end = lines.firstIndex(of: "end") else {
                    throw Corpus.Malformed(description: "\(line) without a number or an end")
                }
                for _ in 0..<count { try add(lines[..<end]) }
                lines = lines[(end + 1)...]
            } else if line.hasPrefix("| ") {
                try addPayload(line.dropFirst(2))
            } else {
                finishFrame()
                try beginFrame(line.split(separator: " ").map(String.init))
            }
        }
    }

    private mutating func beginFrame(_ words: [String]) throws {
        var words = words[...]
        guard let name = words.popFirst() else { return }
        var type = Self.types[name]
        var flags: UInt8 = 0
        if name == "FRAME" {
            type = words.popFirst().flatMap { UInt8($0, radix: 16) }
            flags = words.popFirst().flatMap { UInt8($0, radix: 16) } ?? 0
        }
        guard let type, let stream = words.popFirst() else {
            throw Corpus.Malformed(description: "a frame that nobody knows: \(name)")
        }
        for word in words {
            guard let flag = Self.flags[word] else { throw Corpus.Malformed(description: "no flag \(word)") }
            flags |= flag
        }
        frame = RawHTTP2Client.Frame(type: type, flags: flags, stream: try number(of: stream), payload: [])
    }

    private mutating func number(of stream: String) throws -> UInt32 {
        switch stream {
        case "+": lastStream = lastStream == 0 ? 1 : lastStream + 2
        case "=": break
        default:
            guard let number = UInt32(stream) else { throw Corpus.Malformed(description: "no stream \(stream)") }
            return number
        }
        return lastStream
    }

    private mutating func addPayload(_ text: Substring) throws {
        guard frame != nil else { throw Corpus.Malformed(description: "no frame for \(text)") }
        if text == "request" {
            for (name, value) in Self.request { addField(Array(name.utf8), Array(value.utf8)) }
        } else if text.hasPrefix("hex ") {
            try addBytes(text.dropFirst(4))
        } else if frame?.type == 0 {
            frame?.payload += try Corpus.bytes(text)
        } else {
            guard let colon = text.range(of: ": ", in: text.index(after: text.startIndex)..<text.endIndex) else {
                throw Corpus.Malformed(description: "no field: \(text)")
            }
            addField(try Corpus.bytes(text[..<colon.lowerBound]), try Corpus.bytes(text[colon.upperBound...]))
        }
    }

    /// Digits in pairs, and repeats of them as in `\{be*100}`.
    private mutating func addBytes(_ text: Substring) throws {
        for digits in String(decoding: try Corpus.bytes(text), as: UTF8.self).filter({ $0 != " " }).pairs {
            guard let byte = UInt8(digits, radix: 16) else {
                throw Corpus.Malformed(description: "no byte: \(digits)")
            }
            frame?.payload.append(byte)
        }
    }

    /// A literal field that is not put into the table; what the library for that would refuse is possible, too.
    ///
    /// - Source: RFC 7541, section 6.2.2.
    private mutating func addField(_ name: [UInt8], _ value: [UInt8]) {
        frame?.payload.append(0)
        for text in [name, value] { frame?.payload += [UInt8(truncatingIfNeeded: text.count)] + text }
    }

    private mutating func finishFrame() {
        if let frame { bytes.writeImmutableBuffer(frame.bytes) }
        frame = nil
    }
}

extension String {
    fileprivate var pairs: [Substring] {
        var pairs: [Substring] = []
        var rest = self[...]
        while !rest.isEmpty {
            pairs.append(rest.prefix(2))
            rest = rest.dropFirst(2)
        }
        return pairs
    }
}

extension Substring {
    fileprivate func range(of text: String, in range: Range<Index>) -> Range<Index>? {
        self[range].firstRange(of: text)
    }
}
