/// The signed headers of one request: which line of the request belongs to which signed name.
struct CanonicalHeaders {
    let names: SignedHeaderNames
    /// Received headers, lower case, that begin with `x-amz-` and are not signed.
    let unsignedAmazonHeaders: [String]

    private let headers: [(name: String, value: String)]
    /// For each signed name its first line, and for each line the next one of the same name.
    private let firstLine: [Int?]
    private let nextLine: [Int?]

    init(of request: SignableRequest, names: SignedHeaderNames) {
        var firstLine = [Int?](repeating: nil, count: names.names.count)
        var lastLine = firstLine
        var nextLine = [Int?](repeating: nil, count: request.headers.count)
        var unsigned: [String] = []
        for (line, header) in request.headers.enumerated() {
            if let position = names.position(of: header.name) {
                if let last = lastLine[position] {
                    nextLine[last] = line
                } else {
                    firstLine[position] = line
                }
                lastLine[position] = line
            } else if header.name.utf8.lazy.map(\.asciiLowercased).starts(with: "x-amz-".utf8) {
                unsigned.append(header.name.asciiLowercased)
            }
        }
        self.names = names
        self.headers = request.headers
        self.unsignedAmazonHeaders = unsigned
        self.firstLine = firstLine
        self.nextLine = nextLine
    }

    /// The first signed name that no header of the request has.
    var firstAbsentName: String? {
        zip(names.names, firstLine).first { $0.1 == nil }?.0
    }

    /// Appends `name:value\n` for each name.
    ///
    /// Values are trimmed, inner white space becomes one space, and the lines of one name are joined by `,` in the order
    /// received.
    func append(to output: inout [UInt8]) {
        for (name, first) in zip(names.names, firstLine) {
            output.append(contentsOf: name.utf8)
            output.append(UInt8(ascii: ":"))
            var line = first
            while let current = line {
                Self.append(value: headers[current].value, to: &output)
                line = nextLine[current]
                if line != nil { output.append(UInt8(ascii: ",")) }
            }
            output.append(UInt8(ascii: "\n"))
        }
    }

    /// Appends a header value with no white space at its ends and single spaces inside.
    static func append(value: String, to output: inout [UInt8]) {
        value.withBytes { bytes in
            var index = 0
            var hasBegun = false
            while true {
                while index < bytes.count, bytes[index].isASCIIWhitespace { index += 1 }
                let start = index
                while index < bytes.count, !bytes[index].isASCIIWhitespace { index += 1 }
                guard start < index else { break }
                if hasBegun { output.append(UInt8(ascii: " ")) }
                hasBegun = true
                output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
            }
        }
    }
}
