package import TrellisModel

/// The match of a rule, prepared for comparison with request bytes.
///
/// - Source: reference table "Rules": every given part must hold; a path is compared up to `?` and undecoded; names
///   of headers are always compared without case.
package struct CompiledMatch: Sendable {
    fileprivate enum Path {
        case exact(BytePattern)
        case prefix(BytePattern)
    }

    fileprivate struct Header {
        enum Value {
            case exact(BytePattern)
            case prefix(BytePattern)
            case contains(ByteSearch)
        }

        let name: BytePattern
        let value: Value
    }

    let filter: RuleFilter
    private let method: String?
    private let path: Path?
    private let headers: [Header]

    package init(_ match: HTTPMatch) {
        filter = RuleFilter(
            path: match.path.map { path in
                switch path.comparison {
                case .exact(let text): (text, true)
                case .prefix(let text): (text, false)
                }
            }, headerNames: match.headers.map(\.name))
        method = match.method
        path = match.path.map { path in
            switch path.comparison {
            case .exact(let text): .exact(BytePattern(text, isCaseSensitive: path.isCaseSensitive))
            case .prefix(let text): .prefix(BytePattern(text, isCaseSensitive: path.isCaseSensitive))
            }
        }
        headers = match.headers.map { header in
            let value: Header.Value =
                switch header.comparison {
                case .exact(let text): .exact(BytePattern(text, isCaseSensitive: header.isCaseSensitive))
                case .prefix(let text): .prefix(BytePattern(text, isCaseSensitive: header.isCaseSensitive))
                case .contains(let text): .contains(ByteSearch(text, isCaseSensitive: header.isCaseSensitive))
                }
            return Header(name: BytePattern(header.name, isCaseSensitive: false), value: value)
        }
    }

    package func matches(_ request: borrowing some RequestView) -> Bool {
        if let method, method != request.method { return false }
        if let path, !request.target.withBytes({ path.matches(rawPath($0)) }) { return false }
        for header in headers where !header.matches(request) { return false }
        return true
    }

    /// The first part that does not hold, in words; `nil` if the request matches.
    package func mismatch(_ request: borrowing some RequestView) -> String? {
        if let method, method != request.method { return "the method is not \(method)" }
        if let path, !request.target.withBytes({ path.matches(rawPath($0)) }) { return path.mismatch }
        for header in headers where !header.matches(request) { return header.mismatch }
        return nil
    }
}

extension CompiledMatch.Path {
    fileprivate var mismatch: String {
        switch self {
        case .exact(let pattern): "the path is not \(pattern.text)"
        case .prefix(let pattern): "the path does not begin with \(pattern.text)"
        }
    }

    fileprivate func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .exact(let pattern): pattern.equals(path)
        case .prefix(let pattern): pattern.isPrefix(of: path)
        }
    }
}

extension CompiledMatch.Header {
    fileprivate var mismatch: String {
        switch value {
        case .exact(let pattern): "no header \(name.text) is \(pattern.text)"
        case .prefix(let pattern): "no header \(name.text) begins with \(pattern.text)"
        case .contains(let search): "no header \(name.text) contains \(search.text)"
        }
    }

    /// A header that was sent several times matches by any of its values or by all of them joined with `, `.
    fileprivate func matches(_ request: borrowing some RequestView) -> Bool {
        var isMatched = false
        var lines = 0
        request.forEachHeader { name, value in
            guard name.withBytes(self.name.equals) else { return true }
            lines += 1
            isMatched = value.withBytes(self.value.matches)
            return !isMatched
        }
        guard !isMatched, lines > 1 else { return isMatched }
        return joinedValues(in: request).withUnsafeBufferPointer(value.matches)
    }

    private func joinedValues(in request: borrowing some RequestView) -> [UInt8] {
        var joined: [UInt8] = []
        var isFirst = true
        request.forEachHeader { name, value in
            guard name.withBytes(self.name.equals) else { return true }
            if !isFirst { joined.append(contentsOf: ", ".utf8) }
            isFirst = false
            joined.append(contentsOf: value.utf8)
            return true
        }
        return joined
    }
}

extension CompiledMatch.Header.Value {
    fileprivate func matches(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .exact(let pattern): pattern.equals(value)
        case .prefix(let pattern): pattern.isPrefix(of: value)
        case .contains(let search): search.occurs(in: value)
        }
    }
}

/// The part of a request target before the query.
func rawPath(_ target: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    guard let end = target.firstIndex(of: UInt8(ascii: "?")) else { return target }
    return UnsafeBufferPointer(rebasing: target[..<end])
}
