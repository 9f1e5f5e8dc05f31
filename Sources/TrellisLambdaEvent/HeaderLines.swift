/// The header lines of a response under construction, bounded in number and size.
struct HeaderLines {
    /// What a line takes on the wire besides its name and value: colon, space and line break.
    private static let punctuation = 4
    /// Room for as many lines as most responses have.
    private static let usualLines = 8

    private let maximumLines: Int
    private let maximumBytes: Int
    private var lines = HeaderList()
    private var byteCount = 0

    init(_ options: LambdaResponseDecoder.Options) {
        maximumLines = options.maximumHeaderLines
        maximumBytes = options.maximumHeaderBytes
    }

    /// Removes the lines of an earlier member of exactly this name.
    mutating func remove(_ name: String) {
        guard lines.contains(where: { $0.name == name }) else { return }
        lines.removeAll { line in
            guard line.name == name else { return false }
            byteCount -= Self.size(of: line)
            return true
        }
    }

    /// - Parameter offset: Where the line's value begins in the document.
    mutating func append(_ name: String, _ value: String, at offset: Int) throws(LambdaResponseError) {
        if lines.isEmpty { lines.reserveCapacity(Self.usualLines) }
        lines.append((name: name, value: value))
        byteCount += Self.size(of: (name: name, value: value))
        try checkBounds(at: offset)
    }

    /// Takes over all lines of the other list and removes those of the same names, compared without case.
    ///
    /// - Parameter offset: Where the other list begins in the document.
    mutating func replace(with other: HeaderLines, at offset: Int) throws(LambdaResponseError) {
        lines.removeAll { line in
            guard other.lines.contains(where: { FieldName.areSame($0.name, line.name) }) else { return false }
            byteCount -= Self.size(of: line)
            return true
        }
        lines.append(contentsOf: other.lines)
        byteCount += other.byteCount
        try checkBounds(at: offset)
    }

    /// The lines without hop-by-hop headers and without `content-length`, which is computed.
    func withoutConnectionHeaders() -> HeaderList {
        var kept = lines
        if lines.contains(where: isOfConnection) { kept.removeAll(where: isOfConnection) }
        let connectionValues = lines.lazy.filter { FieldName.equals($0.name, "connection") }.map(\.value)
            .filter(HopByHopHeaders.mayNameHeaders)
        if !connectionValues.isEmpty {
            HopByHopHeaders.removeHeaders(namedIn: Array(connectionValues), from: &kept)
        }
        return kept
    }

    private func isOfConnection(_ line: (name: String, value: String)) -> Bool {
        line.name.withUTF8Bytes { HopByHopHeaders.contains($0) || FieldName.equals($0, "content-length") }
    }

    private func checkBounds(at offset: Int) throws(LambdaResponseError) {
        guard lines.count <= maximumLines else { throw .init(.tooManyHeaders(limit: maximumLines), at: offset) }
        guard byteCount <= maximumBytes else { throw .init(.headersTooLarge(limit: maximumBytes), at: offset) }
    }

    private static func size(of line: (name: String, value: String)) -> Int {
        line.name.utf8.count + line.value.utf8.count + punctuation
    }
}
